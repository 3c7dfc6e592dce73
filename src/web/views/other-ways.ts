import { usableClient } from '../../connections/clients';
import { waitingDevices } from '../../connections/device';
import type { Keeper } from '../../keeper';
import type { FlowRow } from '../../store/schema';
import { moment, type Moment } from '../words';
import { clientChoices } from './client-choices';
import { type DataCenterChoice, dataCenterChoices } from './data-centers';

/** What was typed; empty says nothing. */
export interface OtherWayForm {
  name: string;
  clientId: string;
  dataCenter: string;
  scopes: string;
  redirectUri: string;
  reconnect: boolean;
}

export interface OtherWayView {
  /** False when no client is set up. */
  ready: boolean;
  form: OtherWayForm & { clients: string[] };
  usualScopes: string;
  dataCenters: DataCenterChoice[];
  /** Why nothing was asked of Zoho, or what it said; null when nothing is wrong. */
  problem: string | null;
}

export interface CodeView extends OtherWayView {
  address: { url: string; until: Moment } | null;
}

export interface DeviceFormView extends OtherWayView {
  waiting: { href: string; name: string; userCode: string }[];
}

export interface DeviceView {
  name: string;
  userCode: string;
  url: string;
  until: Moment;
  /** The tokens have come, and are being stored. */
  isComing: boolean;
  cancel: string;
}

export const emptyForm: OtherWayForm = {
  name: '',
  clientId: '',
  dataCenter: '',
  scopes: '',
  redirectUri: '',
  reconnect: false,
};

interface Typed {
  form?: OtherWayForm;
  problem?: string;
}

/** What was pasted is not shown again: it holds a code. */
export async function codeView(
  keeper: Keeper,
  typed: Typed & { address?: CodeView['address'] } = {},
): Promise<CodeView> {
  return { ...(await otherWayView(keeper, typed)), address: typed.address ?? null };
}

export async function deviceFormView(keeper: Keeper, typed: Typed = {}): Promise<DeviceFormView> {
  const waiting = await waitingDevices(keeper.store);
  return {
    ...(await otherWayView(keeper, typed)),
    waiting: waiting.map((flow) => ({
      href: deviceHref(flow),
      name: flow.connection_name,
      userCode: flow.user_code ?? '',
    })),
  };
}

export function deviceView(flow: FlowRow, now: Date): DeviceView {
  return {
    name: flow.connection_name,
    userCode: flow.user_code ?? '',
    url: flow.verification_url ?? '',
    until: moment(flow.device_expires_at ?? flow.updated_at, now),
    isComing: flow.status === 'exchanging',
    cancel: `${deviceHref(flow)}/cancel`,
  };
}

export function deviceHref({ id }: FlowRow): string {
  return `/connect/device/${id}`;
}

async function otherWayView(keeper: Keeper, { form = emptyForm, problem }: Typed): Promise<OtherWayView> {
  return {
    ready: (await usableClient(keeper)) !== null,
    form: { ...form, clients: await clientChoices(keeper) },
    usualScopes: keeper.config.scopes.join(','),
    dataCenters: dataCenterChoices(),
    problem: problem ?? null,
  };
}
