import { chmodSync, chownSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { saveClient } from '../../src/store/clients';
import { openStore } from '../../src/store/open';
import { describeWhere } from '../support/skip';
import { freshFolder } from '../support/postgres';
import { at, someKeys } from '../support/rows';

const keys = someKeys();
const client = { clientId: '1000.CLIENT', secret: 'the-secret', dataCenter: 'us' } as const;
/** Nobody's in particular. */
const [me, other] = [54_321, 54_322];

describe('A SQLite database that other users can write to', () => {
  it('is theirs no more once it is opened, with what lies beside it', async () => {
    const { folder, file } = await database();
    for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o666);
    chmodSync(folder, 0o777);
    const store = await openStore(`sqlite:${file}`, keys);
    await saveClient(store, client, at(0));
    expect(modesIn(folder)).toEqual({ 'keeper.db': 0o640, 'keeper.db-shm': 0o640, 'keeper.db-wal': 0o640 });
    expect(modeOf(folder)).toBe(0o755);
    await store.close();
  });

  it('may be read by its group, but by nobody else', async () => {
    const { folder, file } = await database();
    chmodSync(file, 0o644);
    await (await openStore(`sqlite:${file}`, keys)).close();
    expect(modesIn(folder)).toEqual({ 'keeper.db': 0o640 });
  });

  it.each([0o775, 0o777])('by a folder of mode %o that is for others as well is refused in words', async (mode) => {
    const { folder, file } = await database();
    writeFileSync(join(folder, 'something.else'), '');
    chmodSync(folder, mode);
    await expect(openStore(`sqlite:${file}`, keys)).rejects.toThrow(
      /^Other users can write to the folder .* \(mode 77[57]\) and so replace the database: run chmod go-w .*, or name a/,
    );
    expect(modeOf(folder)).toBe(mode);
    chmodSync(folder, 0o1777);
    await (await openStore(`sqlite:${file}`, keys)).close();
  });

  it('by the folder of a link to it is refused as well', async () => {
    const { file } = await database();
    const folder = freshFolder();
    symlinkSync(file, join(folder, 'link.db'));
    mkdirSync(join(folder, 'work'));
    chmodSync(folder, 0o777);
    await expect(openStore(`sqlite:${join(folder, 'link.db')}`, keys)).rejects.toThrow(
      /^Other users can write to the f/,
    );
  });
});

const isRoot = process.geteuid?.() === 0;
describeWhere(
  isRoot,
  'databases of another user',
  'only root can make them',
)('A SQLite database of another user', () => {
  it.each(['keeper.db', 'keeper.db-wal', 'keeper.db-shm', 'keeper.db-journal'])(
    'is refused in words because of %s',
    async (name) => {
      const { folder, file } = await database(me);
      const path = join(folder, name);
      if (name !== 'keeper.db') writeFileSync(path, '');
      chownSync(path, other, me);
      chmodSync(path, 0o666);
      await expect(openedBy(me, file)).rejects.toThrow(
        /belongs to another user \(uid 54322\), who could write to the database: run chown 54321 on it, or run the Keeper/,
      );
    },
  );

  it('is refused in words when it is in a folder that everybody may write to, such as a volume of mode 777', async () => {
    const { folder, file } = await database(me);
    chownSync(folder, 0, 0);
    chmodSync(folder, 0o777);
    await expect(openedBy(me, file)).rejects.toThrow(/let its owner \(uid 0\) run chmod o-w .*, or name a folder for/);
    await openedBy(me, join(folder, 'own', 'keeper.db'));
    expect(modeOf(join(folder, 'own'))).toBe(0o700);
  });

  it('is opened where the folder is the group’s, as in Kubernetes, and by root', async () => {
    const { folder, file } = await database(me);
    chownSync(folder, 0, process.getegid?.() ?? 0);
    chmodSync(folder, 0o2770);
    chmodSync(file, 0o660);
    await openedBy(me, file);
    expect([modeOf(folder), modesIn(folder)]).toEqual([0o2770, { 'keeper.db': 0o640 }]);
    await openedBy(0, file);
  });
});

async function database(owner = 0): Promise<{ folder: string; file: string }> {
  const folder = freshFolder();
  const file = join(folder, 'keeper.db');
  await (await openStore(`sqlite:${file}`, keys)).close();
  if (owner !== 0) for (const path of [folder, file]) chownSync(path, owner, owner);
  return { folder, file };
}

async function openedBy(user: number, file: string): Promise<void> {
  process.seteuid?.(user);
  try {
    await (await openStore(`sqlite:${file}`, keys)).close();
  } finally {
    process.seteuid?.(0);
  }
}

function modesIn(folder: string): Record<string, number> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, modeOf(join(folder, name))]));
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o7777;
}
