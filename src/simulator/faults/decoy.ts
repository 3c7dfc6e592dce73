import { randomBytes } from 'node:crypto';
import { json, type Answer } from '../http/answer';
import type { Received } from '../http/received';
import { covers, type Endpoint } from '../state/endpoints';
import { apiUrlOf, type World } from '../state/world';

/**
 * A success that never happened, for faults that cut an answer short before the request was processed: its tokens were
 * never valid, so a client that keeps one of them has trusted a broken answer.
 */
export function decoy(world: World, { dataCenter }: Received, endpoint: Endpoint): Answer {
  if (!covers('token', endpoint)) return json({ status: 'success', data: [] });
  return json({
    access_token: decoyToken(),
    ...(endpoint === 'exchange' ? { refresh_token: decoyToken() } : {}),
    api_domain: apiUrlOf(world, dataCenter),
    token_type: 'Bearer',
    expires_in: 3600,
  });
}

function decoyToken(): string {
  return `1000.${randomBytes(16).toString('hex')}.${randomBytes(16).toString('hex')}`;
}
