import type { TargetEvent } from '../store/schema';

/** What a target can be told of, with the words of its choice. `usual` ones are chosen unless somebody says otherwise. */
export const events: readonly { readonly event: TargetEvent; readonly words: string; readonly usual: boolean }[] = [
  { event: 'connection.broken', words: 'A connection breaks', usual: true },
  { event: 'connection.failing', words: 'Refreshes fail while the old token still lives', usual: false },
  { event: 'connection.recovered', words: 'A connection works again', usual: true },
  { event: 'slots.low', words: 'A user’s refresh tokens at Zoho run out', usual: true },
  { event: 'client_secret.refused', words: 'Zoho refuses a client or its secret', usual: true },
  { event: 'kept_file.failed', words: 'A kept file cannot be written', usual: true },
  { event: 'backup.failed', words: 'No good backup for two days, or the newest cannot be restored', usual: true },
  { event: 'database.damaged', words: 'The SQLite file is damaged', usual: true },
];

export const usualEvents: readonly TargetEvent[] = events.filter(({ usual }) => usual).map(({ event }) => event);
