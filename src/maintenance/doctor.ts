import { clientWarnings, type ListedClient, listClients } from '../connections/client-list';
import { DamagedSecret } from '../store/encryption/cipher';
import { explainConnection } from '../connections/explanations';
import { allSlots, slotsWarning } from '../connections/slots';
import { statusOf } from '../connections/status';
import { eachConnection } from '../store/connection-names';
import { standingSince } from '../store/alerts';
import { dataCentersInUse, openRefreshToken } from '../store/connections';
import { pingWrite } from '../store/ping';
import { type SealFinding, verifyEvents } from '../store/event-seals';
import type { ConnectionRow } from '../store/schema';
import { type SecretCounts, verifySecrets } from '../store/encryption/sealed';
import type { OpenStore } from '../store/store';
import type { OpenContext } from '../context';
import { codeOf } from '../lib/errors';
import { atTime, iso } from '../lib/time';
import { explain } from '../zoho/messages';
import { type BackupState, backupState } from './backup-watch';
import { keptFileFindings } from './doctor-files';
import { serverFindings } from './doctor-network';
import { type Finding, found } from './findings';
import { problemOf } from './file-check';

/** More connections that are well are only counted. */
const mostListed = 100;

/** Looks at an opened Keeper: database, client, Zoho's servers, the clock, and each connection. */
export async function examine(context: OpenContext): Promise<Finding[]> {
  const { store, now } = context;
  const clients = await listClients(context);
  const used = [...clients.map(({ dataCenter }) => dataCenter), ...(await dataCentersInUse(store))];
  return [
    await databaseFinding(store, iso(now())),
    found(true, 'Encryption key', `${store.keyFile ?? 'ENCRYPTION_KEYS'} opens this database.`),
    secretsFinding(await verifySecrets(store)),
    ...backupFindings(await backupState(context)),
    auditFinding(await verifyEvents(store)),
    ...(clients.length === 0 ? [found(false, 'Zoho client', 'none is set up: open the page Clients.')] : []),
    ...clients.map(clientFinding),
    ...(await clientWarnings(context)).map((words) => found(false, 'Zoho client', words)),
    ...(await serverFindings(context, [...new Set(used)])),
    ...(await slotFindings(context)),
    ...(await keptFileFindings(context)),
    ...(await connectionFindings(context)),
  ];
}

function clientFinding({ clientId, dataCenter, isDamaged, ownSecrets }: ListedClient): Finding {
  if (isDamaged) {
    const words = `the stored secret of ${clientId} cannot be decrypted: save it again on the page Clients.`;
    return found(false, 'Zoho client', words);
  }
  const codes = ownSecrets.map((secret) => secret.dataCenter).filter((code) => code !== dataCenter);
  const own = codes.length === 0 ? '' : ` Data centres with a secret of their own: ${codes.join(', ')}.`;
  return found(true, 'Zoho client', `${clientId}, registered in ${dataCenter}.${own}`);
}

function secretsFinding({ total, damaged }: SecretCounts): Finding {
  const kinds = Object.entries(damaged).map(([kind, count]) => `${count} of ${kind}`);
  if (kinds.length === 0) return found(true, 'Stored secrets', `all ${total} can be decrypted.`);
  return found(false, 'Stored secrets', `cannot be decrypted: ${kinds.join(', ')}. Reconnect, or restore a backup.`);
}

function backupFindings(state: BackupState | null): Finding[] {
  if (state === null) return [];
  const { folder, last, problem, drill } = state;
  const words = last === null ? `none yet in ${folder}.` : `the last one was made ${atTime(last)}, in ${folder}.`;
  return [
    problem === null ? found(true, 'Backup', words) : found(false, 'Backup', `${problem.sentence} ${problem.next}`),
    drillFinding(drill),
  ];
}

function drillFinding({ provenAt, problem }: BackupState['drill']): Finding {
  const words = provenAt === null ? 'no backup was restored on trial yet.' : `last went well ${atTime(provenAt)}.`;
  if (problem === null) return found(true, 'Restore drill', words);
  return found(false, 'Restore drill', `${words} ${problem.sentence} ${problem.next}`);
}

function auditFinding({ since, seals, brokenAt }: SealFinding): Finding {
  if (brokenAt !== null) {
    const words = `events after ${brokenAt} were changed or removed in the database: compare with a backup or the log.`;
    return found(false, 'Audit log', words);
  }
  return found(
    true,
    'Audit log',
    since === null ? 'nothing is sealed yet.' : `whole in ${seals} seals since ${since}.`,
  );
}

async function databaseFinding(store: OpenStore, now: string): Promise<Finding> {
  const where = store.file ?? 'The PostgreSQL server';
  try {
    await pingWrite(store, now);
    // All of it is read once a day, which takes too long to be done here.
    const since = await standingSince(store, `database.damaged ${where}`);
    if (since !== null) {
      const { sentence, next } = problemOf(where, `found ${since}`);
      return found(false, 'Database', `${sentence} ${next}`);
    }
    return found(true, 'Database', `${where} is intact and can be written.`);
  } catch (error) {
    const code = codeOf(error) === '' ? '' : ` (${codeOf(error)})`;
    return found(false, 'Database', `${where} cannot be written${code}: check free space and permissions.`);
  }
}

/** Only of users whose refresh tokens may soon push each other out. */
async function slotFindings(context: OpenContext): Promise<Finding[]> {
  return (await allSlots(context)).flatMap((slots) => {
    const warning = slotsWarning(slots);
    const user = slots.email ?? slots.slots[0]?.name ?? '';
    return warning === null ? [] : [found(false, `Refresh tokens of ${user}`, warning)];
  });
}

/** Of many, only those that need something. */
async function connectionFindings(context: OpenContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  let well = 0;
  for await (const connection of eachConnection(context.store)) {
    const finding = await connectionFinding(context, connection);
    if (finding.good) well++;
    if (!finding.good || well <= mostListed) findings.push(finding);
  }
  return well <= mostListed
    ? findings
    : [...findings.filter(({ good }) => !good), found(true, 'Connections', `${well} are well.`)];
}

async function connectionFinding(context: OpenContext, row: ConnectionRow): Promise<Finding> {
  const subject = `Connection ${row.name}`;
  if (!isReadable(context.store, row)) {
    const { sentence, next } = explain('damaged', 'refresh');
    return found(false, subject, `${sentence} ${next}`);
  }
  const status = statusOf(row, context.now());
  if (status === 'revoked') return found(true, subject, 'disconnected by a person.');
  if (row.error_code === null) return found(status === 'active', subject, status.replace('_', ' '));
  const { sentence, next } = await explainConnection(context, row);
  return found(false, subject, `${sentence} ${next}`);
}

function isReadable(store: OpenStore, row: ConnectionRow): boolean {
  try {
    openRefreshToken(store, row);
    return true;
  } catch (error) {
    if (error instanceof DamagedSecret) return false;
    throw error;
  }
}
