import { spawnSync } from 'node:child_process';
import supertest from 'supertest';
import { type Person, person } from '../support/person';
import { startProcess } from '../support/process';
import { program, tokenPath } from '../support/program';
import { inProcess, type TestApp } from '../support/start';
import { itWhere } from '../support/skip';

const languages: readonly (readonly [id: string, command: string, ...flags: string[]])[] = [
  ['shell', 'sh', '-c'],
  ['curl', 'sh', '-c'],
  ['node', process.execPath, '--input-type=module', '-e'],
  ['python', 'python3', '-c'],
  ['php', 'php', '-r'],
];

/** What has to be installed: those for a shell call curl. */
function programOf(id: string, command: string): string {
  return id === 'shell' || id === 'curl' ? 'curl' : command;
}

describe('the examples on the page of a new key', () => {
  let app: TestApp;
  let someone: Person;
  beforeAll(async () => {
    app = await inProcess();
    someone = person(app);
    for (const name of ['crm', 'desk', 'zoo']) await someone.connect({ name });
  });
  afterAll(() => app.stop());

  /** The page after a key was created, and the key on it. */
  async function make(fields: object): Promise<{ page: string; key: string }> {
    const { headers } = await supertest(app.url)
      .post('/keys')
      .type('form')
      .set({ Cookie: someone.cookie(), Origin: app.url, 'Sec-Fetch-Site': 'same-origin' })
      .send({ name: 'example', rights: 'read', days: '', ...fields });
    const page = (await someone.visit(String(headers['location']))).text;
    return { page, key: /id="made">(zt_[\w-]+)</.exec(page)?.[1] ?? '' };
  }

  for (const [id, command, ...flags] of languages) {
    const needed = programOf(id, command);
    const isThere = spawnSync(needed, ['--version']).error === undefined;
    const run = itWhere(
      isThere,
      `the ${id} example of a new key`,
      `the program ${needed} is missing: the project brings none but Node`,
    );
    run(`${id}: gives a token as it stands, of a connection that the key can access`, async () => {
      const { page, key } = await make({ connections: ['zoo', 'desk', 'not-there'] });
      const code = exampleOn(page, id);
      expect(code).toContain('/api/v1/connections/desk/token');
      // Those for a terminal hold the key; programs take it from the environment.
      const isForTerminals = id === 'shell' || id === 'curl';
      expect(code.includes(key)).toBe(isForTerminals);
      const env = isForTerminals ? {} : { KEEPER_KEY: key };
      const { ended } = startProcess(command, [...flags, code.replace('<?php', '')], { env });
      const { code: exit, stdout, stderr } = await ended;
      const script = program(app.url, key);
      const { access_token: token } = (await script.get(tokenPath('desk'))).body;
      script.stop();
      expect([exit, stderr, stdout]).toEqual([0, '', expect.stringContaining(String(token))]);
    });
  }

  it('name the first connection for a key to all, and no key once it was shown', async () => {
    const { page, key } = await make({ all: 'yes' });
    expect(exampleOn(page, 'curl')).toContain(`"${app.url}/api/v1/connections/crm/token"`);
    const again = (await someone.visit(`/keys/${key.slice(3, 13)}`)).text;
    expect(exampleOn(again, 'curl')).toContain('Bearer $KEEPER_KEY');
    expect(exampleOn(again, 'shell')).toContain('KEEPER_KEY=zt_…');
    expect(again).not.toContain(key.slice(14));
  });
});

function exampleOn(page: string, id: string): string {
  const [, text = ''] = new RegExp(`<pre[^>]* id="example-${id}"[^>]*>([^]*?)</pre>`).exec(page) ?? [];
  const letters: Readonly<Record<string, string>> = {
    '&lt;': '<',
    '&gt;': '>',
    '&#34;': '"',
    '&#39;': "'",
    '&amp;': '&',
  };
  return text.replaceAll(/&(?:lt|gt|amp|#34|#39);/g, (letter) => letters[letter] ?? letter);
}
