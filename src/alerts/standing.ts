import { byKeeper, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { iso } from '../lib/time';
import { addAlert, beginStanding, endStanding } from '../store/alerts';
import type { TargetEvent } from '../store/schema';

/** Something that holds just now, and shall be told once for as long as it does. */
export interface Standing {
  /** Stands for it; never shown. */
  readonly subject: string;
  readonly sentence: string;
  readonly next: string;
}

/** Tells of what has come up since the last time, and forgets what has ended. */
export async function watchStanding(context: Context, type: TargetEvent, holding: readonly Standing[]): Promise<void> {
  const subjectOf = ({ subject }: Standing): string => `${type} ${subject}`;
  await endStanding(context.store, type, holding.map(subjectOf));
  for (const standing of holding) {
    const { sentence, next } = standing;
    const isNews = await inTransaction(context, async (transaction) => {
      const time = iso(context.now());
      if (!(await beginStanding(transaction.store, subjectOf(standing), time))) return false;
      await addAlert(transaction.store, { type, words: { sentence, next } }, { chose: [type] }, time);
      const event = { action: type.replace('.', '_'), subject: null, detail: sentence };
      await record(transaction, byKeeper, event);
      return true;
    });
    if (isNews) context.log.warn({ next }, sentence);
  }
}
