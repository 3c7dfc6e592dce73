import { type Actor, record } from '../audit';
import type { Context } from '../context';
import { Problem } from '../lib/problem';
import { peek } from '../lib/streams';
import type { ConnectionRow } from '../store/schema';
import type { Tokens } from '../tokens/tokens';
import { ZohoError } from '../zoho/errors';
import { allowsAny, findProduct, type Product, products, productsOf } from '../zoho/products';
import { storedScopes } from '../zoho/scopes';
import type { Verdict } from '../zoho/token-verdict';
import { type Calls, unavailable } from './calls';

export interface ProductCheck {
  readonly product: Product;
  /** Of the call that shows whether it works; null when the scopes allow none. */
  readonly path: string | null;
  /** Scopes of which one would do. */
  readonly missing: readonly string[];
}

export interface CheckResult {
  readonly check: ProductCheck;
  /** Null when Zoho was not asked. */
  readonly answer: { readonly status: number; readonly verdict: Verdict; readonly text: string } | null;
}

const longestAnswer = 64 * 1024;

export function checksOf(connection: ConnectionRow): ProductCheck[] {
  const scopes = storedScopes(connection.scopes);
  return productsOf(scopes)
    .filter((product) => product.calls.length > 0)
    .map((product) => checkOf(product, scopes));
}

/** Codes of the products that can be checked. */
export const checkable: readonly string[] = products.filter(({ calls }) => calls.length > 0).map(({ code }) => code);

/**
 * The check of a product, or without one the first that the scopes allow, of a product that programs can reach. Null when
 * there is none.
 */
export function chooseCheck(scopes: readonly string[], productCode: string | null): ProductCheck | null {
  const named = productCode === null ? productsOf(scopes) : products.filter(({ code }) => code === productCode);
  const checks = named.filter(({ calls }) => calls.length > 0).map((product) => checkOf(product, scopes));
  if (productCode !== null) return checks[0] ?? null;
  return checks.find(({ path, product }) => path !== null && product.host !== 'accounts') ?? null;
}

function checkOf(product: Product, scopes: readonly string[]): ProductCheck {
  const call = product.calls.find(({ anyOf }) => allowsAny(scopes, anyOf));
  const missing = call ? [] : product.calls.flatMap(({ anyOf }) => anyOf);
  return { product, path: call?.path ?? null, missing };
}

/** Makes a product's cheapest call. Throws a Problem when there is no such product, no token, or no answer. */
export async function checkProduct(
  context: Context,
  { tokens, calls }: { tokens: Tokens; calls: Calls },
  connection: ConnectionRow,
  productCode: string,
  actor: Actor,
): Promise<CheckResult> {
  const product = findProduct(productCode);
  if (!product || product.calls.length === 0) {
    throw new Problem(400, 'invalid_request', 'There is no such product to try.', 'Use the buttons of the page.');
  }
  const check = checkOf(product, storedScopes(connection.scopes));
  if (check.path === null) return { check, answer: null };
  await record(context, actor, { action: 'product_tried', subject: connection.name, detail: product.name });
  const fresh = await tokens.get(connection.name, 60, 'person');
  const { status, verdict, body } = await calls.call(fresh, {
    method: 'GET',
    host: product.host,
    path: check.path,
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(30_000),
  });
  const { start, whole } = await peek(body, longestAnswer).catch((error: unknown) => {
    throw error instanceof ZohoError ? unavailable(error) : error;
  });
  whole.destroy();
  body.destroy();
  return { check, answer: { status, verdict, text: start.subarray(0, longestAnswer).toString('utf8') } };
}
