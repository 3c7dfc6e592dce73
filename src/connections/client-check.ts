import { randomUUID } from 'node:crypto';
import { type Actor, record } from '../audit';
import type { Context } from '../context';
import { DamagedSecret } from '../store/encryption/cipher';
import type { DataCenterCode } from '../zoho/data-centers';
import { type Explanation, ZohoError } from '../zoho/errors';
import { explain } from '../zoho/messages';
import { ownSecrets } from './client-secrets';
import { chooseClient, findClient } from './clients';

/** What a data centre says of a client: null when it takes its ID and secret. */
export interface ClientAnswer {
  readonly dataCenter: DataCenterCode;
  readonly problem: Explanation | null;
}

/** Said of a token only after the client was found good (docs/zoho.md, "Errors of the token endpoint"). */
const tokenRefusals = new Set(['invalid_code', 'invalid_grant', 'invalid_token']);

/**
 * Asks Zoho, where the client is registered and wherever it has a secret of its own, to refresh a token that does not
 * exist. Throws a Problem when the client is not set up.
 */
export async function checkClient(context: Context, clientId: string, actor: Actor): Promise<ClientAnswer[]> {
  const home = (await chooseClient(context, clientId)).dataCenter;
  const own = (await ownSecrets(context, clientId)).map(({ dataCenter }) => dataCenter);
  const answers = await Promise.all(
    [...new Set([home, ...own])].map(async (dataCenter) => ({
      dataCenter,
      problem: await problemAt(context, clientId, dataCenter),
    })),
  );
  const detail = answers.map(({ dataCenter, problem }) => `${dataCenter}: ${problem?.code ?? 'good'}`).join('; ');
  await record(context, actor, { action: 'client_tested', subject: clientId, detail });
  return answers;
}

async function problemAt(context: Context, clientId: string, dataCenter: DataCenterCode): Promise<Explanation | null> {
  try {
    const client = await findClient(context, clientId, dataCenter);
    await context.zoho.refresh(client, dataCenter, `1000.${hex()}.${hex()}`);
    return explain('unexpected_answer', 'refresh');
  } catch (error) {
    if (error instanceof DamagedSecret) return explain('client_damaged', 'refresh');
    if (!(error instanceof ZohoError)) throw error;
    return tokenRefusals.has(error.code) ? null : error;
  }
}

/** As in Zoho's tokens: 32 digits. */
function hex(): string {
  return randomUUID().replaceAll('-', '');
}
