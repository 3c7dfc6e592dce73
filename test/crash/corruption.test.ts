import { createHash, randomInt } from 'node:crypto';
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addConnection, listConnections, openRefreshToken } from '../../src/store/connections';
import { openOrNull } from '../../src/store/encryption/cipher';
import { StorageError } from '../../src/store/errors';
import { openStore } from '../../src/store/open';
import { inTransaction, type Store } from '../../src/store/store';
import { at, someGrant } from '../support/rows';
import { limit, times } from '../support/full';
import { freshFolder } from '../support/postgres';

const rounds = times(40, 200);
const connections = 60;

describe('a database file that was changed behind the Keeper’s back', () => {
  it(
    `is refused and left as it is, or every secret read from it is right or known to be damaged (${rounds} ways)`,
    async () => {
      const { file, keyFile, tokens } = await soundDatabase();
      const whole = readFileSync(file);
      let refused = 0;
      for (let round = 0; round < rounds; round++) {
        const victim = join(freshFolder(), 'keeper.db');
        const what = spoil(whole, victim, round);
        copyFileSync(keyFile, victim.replace(/\.db$/, '.key'));
        const before = digest(victim);
        const found = await read(victim).catch((error: unknown) => error);
        if (found instanceof Map) {
          for (const [name, token] of found)
            expect([what, name, [tokens.get(name), null]]).toEqual([what, name, expect.arrayContaining([token])]);
        } else {
          refused++;
          expect([what, found]).toEqual([what, expect.any(StorageError)]);
          expect(String(found)).toMatch(/restore|newer Keeper/);
          expect(String(found)).not.toContain('\n');
          expect([what, digest(victim)]).toEqual([what, before]);
        }
      }
      expect(refused).toBeGreaterThan(rounds / 8);
    },
    limit(60_000),
  );
});

async function soundDatabase(): Promise<{ file: string; keyFile: string; tokens: Map<string, string | null> }> {
  const file = join(freshFolder(), 'keeper.db');
  const store = await openStore(`sqlite:${file}`, null);
  await inTransaction(store, async (batch) => {
    for (let n = 0; n < connections; n++) await addConnection(batch, someGrant({ name: `c-${n}` }), at(n));
  });
  const tokens = await tokensOf(store);
  await store.close();
  return { file, keyFile: file.replace(/\.db$/, '.key'), tokens };
}

/** Every other round a byte of a page that is in use, the others the end cut off. Returns what was done. */
function spoil(whole: Buffer, file: string, round: number): string {
  const bytes = Buffer.from(whole);
  const position = round % 4 === 0 ? randomInt(200) : randomInt(bytes.length);
  if (round % 2 === 0) bytes[position] = (bytes[position] ?? 0) ^ (1 << randomInt(8));
  writeFileSync(file, bytes, { mode: 0o600 });
  if (round % 2 === 1) truncateSync(file, position);
  return round % 2 === 0 ? `bit flipped at ${position}` : `cut to ${position}`;
}

async function read(file: string): Promise<Map<string, string | null>> {
  const store = await openStore(`sqlite:${file}`, null);
  try {
    return await tokensOf(store);
  } finally {
    await store.close();
  }
}

async function tokensOf(store: Store): Promise<Map<string, string | null>> {
  const rows = await listConnections(store);
  return new Map(rows.map((row) => [row.name, openOrNull(() => openRefreshToken(store, row))]));
}

function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
