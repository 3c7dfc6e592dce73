import type { Actor } from '../audit';
import type { Context } from '../context';
import { Problem } from '../lib/problem';
import { iso } from '../lib/time';
import { openVerifier } from '../store/flows';
import type { FlowRow } from '../store/schema';
import type { TokenAnswer } from '../zoho/answers';
import { ZohoError } from '../zoho/errors';
import { findClient } from './clients';
import { keepAndEstablish } from './establish';
import { type BadEnd, endBadly, type Outcome } from './flow-end';

/**
 * Exchanges a grant code and makes the connection; `ending` is what is known of a flow that ends without tokens. Whoever
 * stood still meanwhile, so that another instance took the flow over, leaves the end to that one.
 */
export async function exchange(
  context: Context,
  flow: FlowRow,
  code: string,
  actor: Actor,
  ending: Omit<BadEnd, 'errorCode'> = {},
): Promise<Outcome> {
  const sentAt = context.now();
  const end = (errorCode: string): Promise<Outcome> =>
    endBadly(context, flow, { ...ending, errorCode, untouchedSince: flow.updated_at }, actor);
  let answer: TokenAnswer;
  try {
    answer = await ask(context, flow, code);
  } catch (error) {
    if (error instanceof ZohoError) return end(error.code);
    if (error instanceof Problem) return end('invalid_client');
    throw error;
  }
  const { refreshToken } = answer;
  if (refreshToken === null) return end('no_refresh_token');
  return keepAndEstablish(context, flow, { ...answer, refreshToken, receivedAt: iso(sentAt) }, actor);
}

async function ask(context: Context, flow: FlowRow, code: string): Promise<TokenAnswer> {
  const { store, zoho } = context;
  const client = await findClient(context, flow.client_id, flow.data_center);
  const verifier = openVerifier(store, flow);
  return zoho.exchangeCode(client, flow.data_center, { code, redirectUri: flow.redirect_uri, verifier });
}
