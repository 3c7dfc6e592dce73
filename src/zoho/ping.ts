import type { DataCenterCode } from './data-centers';
import type { Outbound } from '../lib/outbound';
import type { ZohoHosts } from './hosts';
import { send } from './send';

const deadline = 5;

/**
 * Asks the accounts server of a data centre for its public description and returns its clock, or null when it does not
 * tell the time. Any answer will do. Throws a ZohoError when there is none.
 */
export async function ping(outbound: Outbound, hosts: ZohoHosts, dataCenter: DataCenterCode): Promise<Date | null> {
  const url = `${hosts.accountsUrl(dataCenter)}/oauth/serverinfo`;
  const { date } = await send(outbound, { operation: 'account', url, deadline });
  return date === null || Number.isNaN(Date.parse(date)) ? null : new Date(date);
}
