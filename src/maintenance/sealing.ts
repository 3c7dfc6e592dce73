import { type Context, inTransaction } from '../context';
import { sealEvents } from '../store/event-seals';

/** Seals the events since the last time, and notices when seals that it made have gone. */
export function createSealing(context: Context): () => Promise<void> {
  let newest = '';
  return async () => {
    const id = await inTransaction(context, ({ store }) => sealEvents(store));
    if (id === null) return;
    if (id <= newest) context.log.error({ seal: id, newest }, 'seals of the audit log were removed from the database');
    newest = id;
  };
}
