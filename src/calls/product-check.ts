import type { Calls } from './calls';
import { Problem } from '../lib/problem';
import { type Actor, recordEvent } from '../store/events';
import type { ConnectionRow } from '../store/schema';
import type { Store } from '../store/store';
import { type Clock, iso } from '../lib/time';
import type { Tokens } from '../tokens/tokens';
import type { Verdict } from '../zoho/token-verdict';
import { peek } from '../lib/streams';
import { allowsAny, findProduct, type Product, productsOf } from '../zoho/products';

/** A product that a connection has scopes for, and the call that shows whether it works; null when none is allowed. */
export interface Trial {
  readonly product: Product;
  readonly path: string | null;
  /** Scopes of which one would do, where the connection has none of them. */
  readonly missing: readonly string[];
}

export interface TrialResult {
  readonly trial: Trial;
  /** Null when Zoho was not asked. */
  readonly answer: { readonly status: number; readonly verdict: Verdict; readonly text: string } | null;
}

const longestAnswer = 64 * 1024;

/** What can be tried with a connection's scopes, in the order of the products' table. */
export function trialsOf(connection: ConnectionRow): Trial[] {
  const scopes = connection.scopes.split(' ');
  return productsOf(scopes)
    .filter((product) => product.calls.length > 0)
    .map((product) => trialOf(product, scopes));
}

function trialOf(product: Product, scopes: readonly string[]): Trial {
  const call = product.calls.find(({ anyOf }) => allowsAny(scopes, anyOf));
  const missing = call ? [] : product.calls.flatMap(({ anyOf }) => anyOf);
  return { product, path: call?.path ?? null, missing };
}

export type Trials = ReturnType<typeof createTrials>;

/** Makes a product's cheapest call with a connection's token. */
export function createTrials(parts: { store: Store; tokens: Tokens; calls: Calls; now: Clock }) {
  const { store, tokens, calls, now } = parts;
  return { run };

  /** Zoho's answer, its beginning. Throws a Problem when there is no such product, no token, or no answer. */
  async function run(connection: ConnectionRow, productCode: string, actor: Actor): Promise<TrialResult> {
    const product = findProduct(productCode);
    if (!product || product.calls.length === 0) {
      throw new Problem(400, 'invalid_request', 'There is no such product to try.', 'Use the buttons of the page.');
    }
    const trial = trialOf(product, connection.scopes.split(' '));
    if (trial.path === null) return { trial, answer: null };
    await recordEvent(
      store,
      actor,
      { action: 'product_tried', subject: connection.name, detail: product.name },
      iso(now()),
    );
    const fresh = await tokens.get(connection.name, 60, 'person');
    const { status, verdict, body } = await calls.call(fresh, {
      method: 'GET',
      host: product.host,
      path: trial.path,
      headers: { accept: 'application/json' },
      body: null,
      signal: AbortSignal.timeout(30_000),
    });
    const { start, whole } = await peek(body, longestAnswer);
    whole.destroy();
    body.destroy();
    return { trial, answer: { status, verdict, text: start.subarray(0, longestAnswer).toString('utf8') } };
  }
}
