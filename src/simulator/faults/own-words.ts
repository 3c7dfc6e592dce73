import { userInfoRefusals } from '../accounts/user-info';
import { json, type Answer } from '../http/answer';
import { productAt } from '../products/products';
import type { Endpoint } from '../state/endpoints';
import type { Fault } from './faults';
import { isRefusalKind } from './kinds';

/** The answer of a fault that speaks the endpoint's own language; undefined for all other kinds. */
export function ownWords(
  { kind, error = 'general_error' }: Fault,
  endpoint: Endpoint,
  path: string,
): Answer | undefined {
  if (isRefusalKind(kind)) return (endpoint === 'userinfo' ? userInfoRefusals : productAt(path).refusals)[kind];
  if (kind !== 'error') return undefined;
  return endpoint === 'revoke' ? json({ error, status: 'failure' }, 400) : json({ error });
}
