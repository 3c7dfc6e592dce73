import { isRefused } from '../zoho/token-verdict';
import type { CheckResult } from './product-check';

interface Words {
  /** `wait`: the connection is fine, but this call cannot be made now or with its scopes. */
  readonly tone: 'good' | 'wait' | 'bad';
  readonly sentence: string;
  readonly next: string;
}

/** What a product's answer, or that it could not be asked, means for a connection. */
export function explainCheck({ check, answer }: CheckResult): Words {
  const { product, missing } = check;
  if (answer === null) {
    const sentence = `The connection lacks a scope that this call needs: ${missing.join(' or ')}.`;
    return { tone: 'wait', sentence, next: 'Zoho was not asked. Connect again with one of them.' };
  }
  if (answer.verdict === 'scope_missing') {
    const sentence = `${product.name} knows the token, but its scopes do not allow this call.`;
    return { tone: 'wait', sentence, next: 'Connect again with more scopes.' };
  }
  if (isRefused(answer.verdict)) {
    const sentence = `${product.name} does not accept the access token.`;
    return { tone: 'bad', sentence, next: 'Check the scopes and that the account may use this product.' };
  }
  if (answer.status < 300 && !isData(answer.text)) {
    const sentence = `${product.name} answered with something that is not data.`;
    return { tone: 'bad', sentence, next: 'Check for a proxy or firewall on the network of this server.' };
  }
  return byStatus(product.name, answer.status);
}

function byStatus(product: string, status: number): Words {
  if (status >= 200 && status < 300)
    return { tone: 'good', sentence: `${product} works with this connection.`, next: '' };
  if (status === 429) {
    const sentence = `${product} has had too many calls.`;
    return { tone: 'wait', sentence, next: 'The limit is the product’s own; try again later.' };
  }
  if (status >= 500) {
    return { tone: 'bad', sentence: `${product} is having problems.`, next: 'Try again in a moment.' };
  }
  const sentence = `${product} answered, but not with what was asked for.`;
  return { tone: 'bad', sentence, next: 'Its answer says why: mostly the account lacks the product or a permission.' };
}

/** Judged by its first character, since a long answer is cut. It is empty where there are no records. */
function isData(text: string): boolean {
  return /^\uFEFF?\s*([[{]|$)/.test(text);
}
