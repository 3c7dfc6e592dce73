import { addSeconds } from '../lib/time';
import type { FlowRow } from '../store/schema';
import { type DataCenterCode, isDataCenterCode } from '../zoho/data-centers';
import type { ZohoHosts } from '../zoho/hosts';

/** How long a person may take at Zoho's consent page, in seconds. */
export const flowLife = 600;

export interface Callback {
  readonly state: string | undefined;
  readonly code: string | undefined;
  readonly error: string | undefined;
  readonly location: string | undefined;
  readonly accountsServer: string | undefined;
}

/** A grant code to exchange and where, or why there is none: a code of zoho/messages. */
export type Checked =
  | { readonly code: string; readonly dataCenter: DataCenterCode }
  | { readonly errorCode: 'expired' | 'declined' | 'refused' | 'malformed_callback' | 'unknown_data_center' };

export function checkCallback(
  callback: Callback,
  flow: Pick<FlowRow, 'created_at' | 'data_center'>,
  hosts: ZohoHosts,
  now: Date,
): Checked {
  const { code, error } = callback;
  if (now > addSeconds(new Date(flow.created_at), flowLife)) return { errorCode: 'expired' };
  if (error !== undefined) return { errorCode: /^access[ _]denied$/i.test(error) ? 'declined' : 'refused' };
  if (code === undefined || !/^[\x21-\x7e]{1,1000}$/.test(code)) return { errorCode: 'malformed_callback' };
  const dataCenter = locate(callback, flow.data_center, hosts);
  return dataCenter === null ? { errorCode: 'unknown_data_center' } : { code, dataCenter };
}

/** Nobody has seen six of the codes in `location`, so `accounts-server` decides; a code that we know must agree. */
function locate(
  { location, accountsServer }: Callback,
  asked: DataCenterCode,
  hosts: ZohoHosts,
): DataCenterCode | null {
  const code = location?.toLowerCase();
  const named = isDataCenterCode(code) ? code : null;
  if (accountsServer === undefined) return location === undefined ? asked : named;
  if (named !== null) return hosts.isAccountsServer(named, accountsServer) ? named : null;
  return hosts.locate(accountsServer) ?? null;
}
