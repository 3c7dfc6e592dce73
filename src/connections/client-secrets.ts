import { type Actor, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { iso } from '../lib/time';
import { listClientSecrets, removeClientSecret, saveClientSecret } from '../store/client-secrets';
import type { DataCenterCode } from '../zoho/data-centers';
import { retryAfterRepair } from './clients';

export interface OwnSecret {
  readonly dataCenter: DataCenterCode;
  readonly savedAt: string;
  readonly isDamaged: boolean;
}

export async function ownSecrets({ store }: Context, clientId: string): Promise<OwnSecret[]> {
  return listClientSecrets(store, clientId);
}

export async function saveOwnSecret(
  context: Context,
  name: { clientId: string; dataCenter: DataCenterCode },
  secret: string,
  actor: Actor,
): Promise<void> {
  await inTransaction(context, async (transaction) => {
    await saveClientSecret(transaction.store, name, secret, iso(context.now()));
    await retryAfterRepair(transaction, name.clientId);
    await record(transaction, actor, {
      action: 'client_secret_saved',
      subject: name.clientId,
      detail: name.dataCenter,
    });
  });
}

export async function removeOwnSecret(
  context: Context,
  name: { clientId: string; dataCenter: DataCenterCode },
  actor: Actor,
): Promise<void> {
  await inTransaction(context, async (transaction) => {
    if (!(await removeClientSecret(transaction.store, name))) return;
    await retryAfterRepair(transaction, name.clientId);
    const event = { action: 'client_secret_removed', subject: name.clientId, detail: name.dataCenter };
    await record(transaction, actor, event);
  });
}
