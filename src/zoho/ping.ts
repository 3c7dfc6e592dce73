import type { DataCenterCode } from './data-centers';
import type { Outbound } from '../lib/outbound';
import type { ZohoHosts } from './hosts';
import { send } from './send';

const deadline = 5;

/** The clock of the accounts server; null when it tells no time. Any answer will do. Throws a ZohoError without one. */
export async function ping(outbound: Outbound, hosts: ZohoHosts, dataCenter: DataCenterCode): Promise<Date | null> {
  const url = `${hosts.accountsUrl(dataCenter)}/oauth/serverinfo`;
  const { date } = await send(outbound, { operation: 'account', url, deadline });
  return date === null || Number.isNaN(Date.parse(date)) ? null : new Date(date);
}
