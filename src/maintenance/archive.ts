import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { byKeeper, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { addSeconds, iso } from '../lib/time';
import { syncToDisk } from '../store/disk';
import { noteMoved } from '../store/event-seals';
import { deleteEvents, oldestEvent, takeEventsBefore } from '../store/events';

const day = 24 * 3600;
/** Short, since on SQLite all else waits for each batch to be on disk. */
const batch = 200;
/** So that stopping waits for a few seconds at the most. */
const mostBatches = 50;

/**
 * Moves events that are older than they are to be kept into a file, at most once a day but for what is left over. What
 * is deleted is on disk before; after a crash in between the file has some twice, with the same id.
 */
export async function archiveEvents(context: Context): Promise<void> {
  const { config, store, now, log } = context;
  if (config.events === null) return;
  const { keepDays, folder } = config.events;
  const before = addSeconds(now(), -keepDays * day);
  const oldest = await oldestEvent(store);
  if (oldest === undefined || oldest.at >= iso(addSeconds(before, -day))) return;
  if (folder === null) {
    log.warn({ days: keepDays }, 'old activity stays in the database: set EVENTS_DIR to a folder for it');
    return;
  }
  const file = join(folder, 'keeper-events.jsonl');
  let moved = 0;
  for (let round = 0; round < mostBatches; round++) {
    const count = await moveBatch(context, iso(before), file);
    moved += count;
    if (count < batch) break;
  }
  if (moved === 0) return;
  await record(context, byKeeper, {
    action: 'events_archived',
    subject: file,
    detail: `${moved} of before ${iso(before)}`,
  });
}

async function moveBatch(context: Context, before: string, file: string): Promise<number> {
  return inTransaction(context, async ({ store }) => {
    const events = await takeEventsBefore(store, before, batch);
    if (events.length === 0) return 0;
    await append(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    await noteMoved(store, await deleteEvents(store, events));
    return events.length;
  });
}

/** Resolves when the text is on disk. */
async function append(file: string, text: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a+', 0o600);
  try {
    const { size } = await handle.stat();
    // A crash or a full disk may have left half a line.
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    await handle.appendFile(size > 0 && buffer.toString() !== '\n' ? `\n${text}` : text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  syncToDisk(join(file, '..'));
}
