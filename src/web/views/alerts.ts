import { events as allEvents, usualEvents } from '../../alerts/events';
import { isKind, kinds } from '../../alerts/kinds';
import { type Preview, previewOf } from '../../alerts/preview';
import { deliveriesOf, describeTarget, environmentId, listTargets, recentAlerts } from '../../alerts/targets';
import type { Keeper } from '../../keeper';
import type { DeliveryRow, TargetEvent, TargetKind, TargetRow } from '../../store/schema';
import { moment, type Moment } from '../words';
import { type AlertView, alertViews, type DeliveryView, deliveryView } from './alert-list';
import { breakagesView, type BreakagesView } from './breakages';

export interface AlertsView {
  targets: TargetView[];
  /** A form for each kind. */
  kinds: KindView[];
  /** Added just now; its secret is shown this once. */
  made: { url: string; secret: string } | null;
  breakages: BreakagesView;
  alerts: AlertView[];
}

interface Choice {
  event: TargetEvent;
  words: string;
  isChosen: boolean;
}

interface TargetView {
  id: string;
  kind: TargetKind;
  title: string;
  name: string;
  /** Without what lets others write there. */
  address: string;
  added: Moment;
  last: DeliveryView | null;
  choices: Choice[];
  told: string;
  preview: Preview;
  problem: string | null;
  isFromEnvironment: boolean;
}

interface KindView {
  kind: TargetKind;
  title: string;
  hint: string;
  placeholder: string;
  address: string;
  name: string;
  choices: Choice[];
  preview: Preview;
  problem: string | null;
  /** Why no target of this kind can be added; null when one can. */
  missing: string | null;
}

/** What somebody typed that was refused, and why. */
interface Refused {
  readonly name: string;
  readonly events?: readonly TargetEvent[];
  readonly problem: string;
}

export interface Shown {
  readonly made?: AlertsView['made'];
  readonly added?: Refused & { readonly kind: TargetKind; readonly address: string };
  readonly changed?: Refused & { readonly id: string };
}

const shownAlerts = 30;

export async function alertsView(keeper: Keeper, { made = null, added, changed }: Shown = {}): Promise<AlertsView> {
  const { store, now } = keeper;
  const [targets, alerts] = await Promise.all([listTargets(store), recentAlerts(store, shownAlerts)]);
  const deliveries = await deliveriesOf(store, alerts);
  return {
    targets: targets.map((target) => {
      const last = deliveries
        .filter((delivery) => delivery.target_id === target.id && delivery.tried_at !== null)
        .reduce<DeliveryRow | null>(
          (latest, one) => ((latest?.tried_at ?? '') > (one.tried_at ?? '') ? latest : one),
          null,
        );
      return targetView(keeper, target, last, changed?.id === target.id ? changed : null);
    }),
    kinds: Object.keys(kinds)
      .filter(isKind)
      .map((kind) => kindView(keeper, kind, added?.kind === kind ? added : null)),
    made,
    breakages: await breakagesView(keeper),
    alerts: alertViews(alerts, deliveries, targets, now()),
  };
}

function targetView(keeper: Keeper, target: TargetRow, last: DeliveryRow | null, refused: Refused | null): TargetView {
  const chosen = refused?.events ?? target.events.split(' ');
  const told = allEvents.filter(({ event }) => target.events.split(' ').includes(event));
  return {
    id: target.id,
    kind: target.kind,
    title: kinds[target.kind].title,
    name: refused?.name ?? nameOf(target),
    address: describeTarget(keeper, target),
    added: moment(target.created_at, keeper.now()),
    last: last && deliveryView(last, 'Last message', keeper.now()),
    choices: choicesOf(chosen),
    told: told.map(({ words }) => words.replace(/^(A|Refreshes|There) ?/, (first) => first.toLowerCase())).join('; '),
    preview: previewOf(target.kind, keeper.config.baseUrl),
    problem: refused?.problem ?? null,
    isFromEnvironment: target.id === environmentId,
  };
}

function kindView(
  { config }: Keeper,
  kind: TargetKind,
  refused: (Refused & { readonly address: string }) | null,
): KindView {
  const { title, hint, placeholder } = kinds[kind];
  const isMissing = kind === 'email' && config.mail === null;
  return {
    kind,
    title,
    hint,
    placeholder,
    address: refused?.address ?? '',
    name: refused?.name ?? '',
    choices: choicesOf(refused?.events ?? usualEvents),
    preview: previewOf(kind, config.baseUrl),
    problem: refused?.problem ?? null,
    missing: isMissing ? 'Set SMTP_URL and ALERT_FROM, and start the Keeper again.' : null,
  };
}

/** Webhooks of before they had names have none. */
export function nameOf({ name, kind }: Pick<TargetRow, 'name' | 'kind'>): string {
  return name || kinds[kind].title;
}

function choicesOf(chosen: readonly string[]): Choice[] {
  return allEvents.map(({ event, words }) => ({ event, words, isChosen: chosen.includes(event) }));
}
