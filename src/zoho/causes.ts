import { connectCauses } from './connect-causes';
import type { Explanation } from './errors';
import type { Cause, Causes, ConnectFacts, RefreshFacts } from './facts';
import { explain, knownWord } from './messages';
import { refreshCauses } from './refresh-causes';

/** The words of explain(), with the likeliest cause and the next step that the facts suggest. */
export function explainConnect(code: string, facts: ConnectFacts): Explanation {
  return { ...explain(code, 'connect'), ...causeOf(connectCauses, code, facts) };
}

export function explainRefresh(code: string, facts: RefreshFacts): Explanation {
  return { ...explain(code, 'refresh'), ...causeOf(refreshCauses, code, facts) };
}

/** Whether facts make a difference, so that they need not be gathered where they do not: in an outage, say. */
export function dependsOnFacts(code: string, operation: 'connect' | 'refresh'): boolean {
  return Object.hasOwn(operation === 'connect' ? connectCauses : refreshCauses, knownWord(code));
}

function causeOf<Facts>(causes: Causes<Facts>, code: string, facts: Facts): Cause | null {
  const word = knownWord(code);
  // Zoho's word may be one that every object has, such as "constructor".
  return Object.hasOwn(causes, word) ? (causes[word]?.(facts) ?? null) : null;
}
