import { usableClient } from '../../connections/clients';
import { waitingDevices } from '../../connections/device';
import { findConnection } from '../../connections/connections';
import type { Keeper } from '../../keeper';
import type { FlowRow } from '../../store/schema';
import type { Doubt } from '../../zoho/scope-doubts';
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
  /** Where the connection of this name is reconnected by a browser that comes back here; null where there is none. */
  usualHref: string | null;
  doubts: readonly Doubt[];
}

export interface CodeView extends OtherWayView {
  /** Whether the form for an address was sent, and not the one for a code. */
  isAddress: boolean;
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
  doubts?: readonly Doubt[];
}

/** What was pasted is not shown again: it holds a code. */
export async function codeView(
  keeper: Keeper,
  typed: Typed & { address?: CodeView['address']; isAddress?: boolean } = {},
): Promise<CodeView> {
  const { address = null, isAddress = false } = typed;
  return { ...(await otherWayView(keeper, typed)), address, isAddress };
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

async function otherWayView(keeper: Keeper, { form = emptyForm, problem, doubts = [] }: Typed): Promise<OtherWayView> {
  const seen = form.reconnect ? await findConnection(keeper.store, form.name) : undefined;
  return {
    ready: (await usableClient(keeper)) !== null,
    form: { ...form, clients: await clientChoices(keeper) },
    usualScopes: keeper.config.scopes.join(','),
    dataCenters: dataCenterChoices(),
    problem: problem ?? null,
    usualHref: seen ? `/connections/${seen.name}/reconnect` : null,
    doubts,
  };
}
