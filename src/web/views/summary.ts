import { firstHour, tokensByHour } from '../../connections/list';
import type { Keeper } from '../../keeper';
import { addSeconds, iso } from '../../lib/time';
import type { Tone } from '../words';
import { type Counts, countWords } from './connection-list';

/** How all connections are, in a line. */
export interface SummaryView {
  numbers: { count: string; words: string; tone: Tone; href: string }[];
  /** Access tokens given to programs and people in the last 24 hours. */
  tokens: string;
  bars: { share: number; words: string }[];
  said: string;
}

export async function summaryView(keeper: Keeper, counts: Counts): Promise<SummaryView> {
  const now = keeper.now();
  const given = await tokensByHour(keeper.store, firstHour(now));
  const hours = Array.from({ length: 24 }, (_, index) => {
    const hour = iso(addSeconds(now, (index - 23) * 3600)).slice(0, 13);
    return given.find((one) => one.hour.startsWith(hour))?.count ?? 0;
  });
  const total = hours.reduce((sum, count) => sum + count, 0);
  const most = Math.max(1, ...hours);
  return {
    numbers: numbersOf(counts),
    tokens: total.toLocaleString('en-GB'),
    bars: hours.map((count, index) => ({ share: count / most, words: `${agoWords(23 - index)}: ${count}` })),
    said: `Tokens given out hour by hour: ${total} in 24 hours${total === 0 ? '' : `, at most ${most} in one`}`,
  };
}

function agoWords(hours: number): string {
  return hours === 0 ? 'this hour' : `${hours} h ago`;
}

function numbersOf({ all, broken, waiting, disconnected }: Counts): SummaryView['numbers'] {
  const well = { count: all.count - broken.count - waiting.count - disconnected.count, isMore: all.isMore };
  return [
    {
      count: countWords({ ...well, count: Math.max(0, well.count) }),
      words: 'well',
      tone: 'good',
      href: '/?status=active',
    },
    { count: countWords(broken), words: 'broken', tone: broken.count > 0 ? 'bad' : 'off', href: '/?status=broken' },
    {
      count: countWords(waiting),
      words: 'waiting',
      tone: waiting.count > 0 ? 'wait' : 'off',
      href: '/?status=waiting',
    },
  ];
}
