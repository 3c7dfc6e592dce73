import type { Context } from '../context';
import { addSeconds, atTime, iso } from '../lib/time';
import { DamagedSecret } from '../store/encryption/cipher';
import { refreshesOf } from '../store/refreshes';
import type { ConnectionRow, FlowRow } from '../store/schema';
import { connectionsOfUser, type HoldingConnection, lastSuccess } from '../store/slots';
import { dependsOnFacts, explainConnect, explainRefresh } from '../zoho/causes';
import type { DataCenterCode } from '../zoho/data-centers';
import type { Explanation } from '../zoho/errors';
import type { ClientFacts } from '../zoho/facts';
import { explain } from '../zoho/messages';
import { storedScopes } from '../zoho/scopes';
import { ownSecrets } from './client-secrets';
import { findClientIfAny } from './clients';
import { consentsBefore, consentsFreeAt } from './consents';

/** The window of Zoho's limits (docs/zoho.md, "Limits"), in seconds. */
const window = 600;

/** Why a flow failed, as far as what is stored tells: of a flow that ended, always the same. */
export async function explainFlow(context: Context, flow: FlowRow): Promise<Explanation> {
  const code = flow.error_code ?? '';
  const ended = new Date(flow.updated_at);
  const { redirectUri } = context.config;
  if (!dependsOnFacts(code, 'connect')) return withFreeTime(context, flow, explain(code, 'connect'));
  return explainConnect(code, {
    ...(await clientFacts(context, flow, flow.updated_at)),
    asked: flow.asked_data_center ?? flow.data_center,
    // Who pasted a code of an address that was not made here left for Zoho nobody knows when.
    codeAge: flow.redirect_uri === redirectUri ? (ended.getTime() - Date.parse(flow.created_at)) / 1000 : null,
    consents: await consentsBefore(context, flow, ended),
    redirectUri: flow.redirect_uri,
    redirectUriNow: redirectUri,
    scopes: storedScopes(flow.scopes),
  });
}

/** After a consent that was refused: until when the next one is, too, if there were too many. */
async function withFreeTime(context: Context, flow: FlowRow, explanation: Explanation): Promise<Explanation> {
  const { code, next } = explanation;
  if (code !== 'declined' && code !== 'too_many_consents') return explanation;
  const freeAt = await consentsFreeAt(context, flow);
  const isOver = freeAt <= context.now();
  if (code === 'too_many_consents') {
    return { ...explanation, next: `Connect again${isOver ? '' : ` ${atTime(freeAt)}`}. ${next}` };
  }
  return isOver ? explanation : { ...explanation, next: `${next} The next one is possible ${atTime(freeAt)} then.` };
}

/** Why a refresh of this connection fails: by default its last one. */
export async function explainConnection(
  context: Context,
  row: ConnectionRow,
  code = row.error_code ?? 'invalid_code',
): Promise<Explanation> {
  if (!dependsOnFacts(code, 'refresh')) return explain(code, 'refresh');
  const { store, now } = context;
  const since = iso(addSeconds(now(), -window));
  const { client_id: clientId, zuid } = row;
  const ofUser = zuid === null ? [] : await connectionsOfUser(store, clientId, zuid);
  const others = ofUser.filter(({ name }) => name !== row.name);
  const refreshes = await refreshesOf(store, [row.refresh_token_id], since);
  return explainRefresh(code, {
    ...(await clientFacts(context, row, row.failed_at)),
    requests: refreshes.get(row.refresh_token_id)?.length ?? 0,
    newer: others.filter((other) => other.connected_at > row.connected_at).map(({ name }) => name),
    others: others.length,
    refusedOthers: others.filter(isRefused).length,
    refreshedAt: row.refreshed_at,
  });
}

function isRefused({ status, error_code: errorCode }: HoldingConnection): boolean {
  return status === 'needs_reconnect' && errorCode === 'invalid_code';
}

async function clientFacts(
  context: Context,
  { client_id: clientId, data_center: dataCenter }: Pick<ConnectionRow, 'client_id' | 'data_center'>,
  failedAt: string | null,
): Promise<ClientFacts> {
  const [home, secrets] = [await homeOf(context, clientId, dataCenter), await ownSecrets(context, clientId)];
  const workedAt = await lastSuccess(context.store, clientId, dataCenter);
  return {
    dataCenter,
    home,
    hasOwnSecret: dataCenter !== home && secrets.some((secret) => secret.dataCenter === dataCenter),
    // What worked after the failure says nothing about it.
    workedAt: workedAt !== null && failedAt !== null && workedAt > failedAt ? null : workedAt,
  };
}

/** Where the client is registered; null when it is not set up here, or cannot be decrypted. */
export async function homeOf(context: Context, clientId: string, code: DataCenterCode): Promise<DataCenterCode | null> {
  try {
    return (await findClientIfAny(context, clientId, code))?.dataCenter ?? null;
  } catch (error) {
    if (error instanceof DamagedSecret) return null;
    throw error;
  }
}
