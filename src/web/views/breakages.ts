import { recentBreakages } from '../../alerts/watch';
import type { Keeper } from '../../keeper';
import type { BreakageState } from '../../store/schema';
import { moment, type Moment, type Tone } from '../words';

export interface BreakagesView {
  /** How far the bars reach back. */
  days: number;
  list: BreakageView[];
}

interface BreakageView {
  name: string;
  /** Null when the connection is gone. */
  href: string | null;
  tone: Tone;
  since: Moment;
  /** How long it lasted, or lasts so far. */
  lasted: string;
  how: string;
  isOpen: boolean;
  /** Where the bar begins and ends, from 0 to 1. */
  from: number;
  to: number;
}

const shownBreakages = 30;
const days = 30;
const day = 24 * 3600;

const states: Readonly<Record<BreakageState, string>> = {
  needs_reconnect: 'had to be reconnected',
  failing: 'got no valid token',
  stumbling: 'could not be refreshed, with a token left',
};

/** The breaks of the last days, the open ones first. */
export async function breakagesView({ store, now }: Keeper): Promise<BreakagesView> {
  const time = now().getTime();
  const at = (moment: number): number => Math.max(0, 1 - (time - moment) / 1000 / (days * day));
  const rows = await recentBreakages(store, shownBreakages);
  const list = rows.map((row): BreakageView => {
    const [since, end] = [Date.parse(row.since), row.ended_at === null ? time : Date.parse(row.ended_at)];
    const isOpen = row.ended_at === null;
    return {
      name: row.name ?? row.connection_name,
      href: row.name === null ? null : `/connections/${row.name}`,
      tone: isOpen ? (row.state === 'needs_reconnect' ? 'bad' : 'wait') : 'off',
      since: moment(row.since, now()),
      lasted: `${lasting(Math.max(0, end - since) / 1000)}${isOpen ? ' so far' : ''}`,
      how: row.ended_as === 'gone' ? 'ended with the connection' : isOpen ? 'broken' : states[row.state],
      isOpen,
      from: at(since),
      to: at(end),
    };
  });
  return { days, list };
}

function lasting(seconds: number): string {
  if (seconds < 90 * 60) return counted(Math.max(1, Math.round(seconds / 60)), 'minute');
  if (seconds < 36 * 3600) return counted(Math.round(seconds / 3600), 'hour');
  return counted(Math.round(seconds / day), 'day');
}

function counted(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}
