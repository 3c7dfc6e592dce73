import { isLinkLife, type LinkState, type ListedLink, listLinks } from '../../connections/links';
import type { Keeper } from '../../keeper';
import { isLoopback } from '../../lib/addresses';
import type { Doubt } from '../../zoho/scope-doubts';
import { type QrCode, qrCode } from '../qr';
import { moment, type Moment, type Tone } from '../words';
import { clientChoices } from './client-choices';
import { type DataCenterChoice, dataCenterChoices } from './data-centers';

export interface LinksView {
  links: LinkView[];
  /** Created just now, the only time that its address is shown. */
  made: { name: string; url: string; expires: Moment; qr: QrCode } | null;
  form: LinkForm & { clients: string[]; dataCenters: DataCenterChoice[]; lives: { value: string; label: string }[] };
  /** True when links lead to this computer, where nobody else can open them. */
  staysHere: boolean;
}

interface LinkView {
  id: string;
  name: string;
  note: string;
  again: boolean;
  madeBy: string;
  created: Moment;
  ending: Moment & { verb: string };
  status: { words: string; tone: Tone };
  open: boolean;
}

export interface LinkForm {
  readonly name: string;
  readonly scopes: string;
  readonly clientId: string;
  readonly dataCenter: string;
  readonly note: string;
  readonly life: string;
  readonly problems: {
    name?: string;
    scopes?: string;
    dataCenter?: string;
    note?: string;
    life?: string;
  };
  readonly doubts: readonly Doubt[];
}

export interface CreatedLink {
  readonly name: string;
  readonly url: string;
  readonly expiresAt: string;
}

export async function linksView(
  keeper: Keeper,
  shown: { typed?: Partial<LinkForm>; made?: CreatedLink | null } = {},
): Promise<LinksView> {
  const now = keeper.now();
  const [links, clients] = await Promise.all([listLinks(keeper), clientChoices(keeper)]);
  const { made = null, typed } = shown;
  return {
    links: links.map((link) => linkView(link, now)),
    made: made && { ...made, expires: moment(made.expiresAt, now), qr: qrCode(made.url) },
    form: {
      ...{ name: '', scopes: '', clientId: '', dataCenter: '', note: '', life: '1d', problems: {}, doubts: [] },
      ...typed,
      clients,
      dataCenters: dataCenterChoices(),
      lives,
    },
    staysHere: !keeper.signIn.isRequired || isLoopback(new URL(keeper.config.baseUrl).hostname),
  };
}

const lives = [
  { value: '1h', label: 'an hour' },
  { value: '1d', label: 'a day' },
  { value: '7d', label: 'a week' },
].filter(({ value }) => isLinkLife(value));

function linkView(link: ListedLink, now: Date): LinkView {
  const { state, ended_at: endedAt, expires_at: expiresAt } = link;
  const verb = { open: 'expires', used: 'used', revoked: 'revoked' }[link.status];
  return {
    id: link.id,
    name: link.connection_name,
    note: link.note,
    again: link.connection_id !== null,
    madeBy: link.made_by,
    created: moment(link.created_at, now),
    ending: { ...moment(endedAt ?? expiresAt, now), verb: state === 'expired' ? 'expired' : verb },
    status: statuses[state],
    open: state === 'open' || state === 'tried_out' || state === 'overtaken',
  };
}

const statuses: Readonly<Record<LinkState, LinkView['status']>> = {
  open: { words: 'Waiting', tone: 'wait' },
  used: { words: 'Used', tone: 'good' },
  revoked: { words: 'Revoked', tone: 'off' },
  expired: { words: 'Expired', tone: 'off' },
  tried_out: { words: 'Ten tries failed', tone: 'bad' },
  overtaken: { words: 'No longer fits', tone: 'bad' },
};
