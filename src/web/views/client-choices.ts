import { knownClients } from '../../connections/client-list';
import type { Keeper } from '../../keeper';

/** Ids of the clients that can be used, the default one first. Forms ask only where there are several. */
export async function clientChoices(keeper: Keeper): Promise<string[]> {
  return (await knownClients(keeper)).filter(({ isDamaged }) => !isDamaged).map(({ clientId }) => clientId);
}
