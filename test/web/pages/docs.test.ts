import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { person } from '../../support/person';
import { inProcess, type TestApp } from '../../support/start';

const folder = join(__dirname, '../../../docs');
const names = readdirSync(folder).filter((name) => name.endsWith('.md'));

it('the documents show each picture, in both themes', () => {
  const texts = [...names.map((name) => join(folder, name)), join(folder, '../README.md')];
  const shown = texts.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/images\/([\w-]+\.png)/g)].map(([, name = '']) => name),
  );
  expect(new Set(shown)).toEqual(new Set(readdirSync(join(folder, 'images'))));
  for (const name of shown) {
    const other = name.includes('-dark') ? name.replace('-dark', '-light') : name.replace('-light', '-dark');
    expect(shown).toContain(other);
  }
});

describe('the documents', () => {
  let app: TestApp;
  const pages = new Map<string, string>();
  beforeAll(async () => {
    app = await inProcess();
    for (const name of [...names, 'README.md', 'SECURITY.md', 'CHANGELOG.md']) {
      const { status, text } = await person(app).visit(`/docs/${name}`);
      expect(status).toBe(200);
      pages.set(name, text);
    }
  });
  afterAll(() => app.stop());

  it('are pages with tables, code and a title of their own', () => {
    const page = pages.get('exports.md') ?? '';
    expect(page).toContain('<table tabindex="0">');
    expect(page).toMatch(/<pre><code[^>]*>/);
    expect(page).toMatch(/<title>[^<]+ · Zoho Token Keeper<\/title>/);
  });

  it('are all in the index, to which /docs and the footer lead', async () => {
    const index = pages.get('index.md') ?? '';
    for (const name of names.filter((other) => other !== 'index.md')) expect(index).toContain(`href="/docs/${name}"`);
    expect((await person(app).visit('/docs')).text).toContain('href="/docs/upgrading.md"');
    expect((await person(app).visit('/')).text).toContain('<a href="/docs">Docs</a>');
  });

  it('link to each other, and to headings that are there', () => {
    let checked = 0;
    for (const [name, page] of pages) {
      const [, article = ''] = /<article[^>]*>([^]*)<\/article>/.exec(page) ?? [];
      for (const [, href = ''] of article.matchAll(/<a href="([^"]*)"/g)) {
        if (/^https?:/.test(href) || href === '/doctor') continue;
        const [, to = name, id] = /^(?:\/docs\/([\w.-]+))?(?:#(.*))?$/.exec(href) ?? [];
        expect([name, href, pages.has(to)]).toEqual([name, href, true]);
        if (id !== undefined) expect([href, pages.get(to)?.includes(`id="${id}"`)]).toEqual([href, true]);
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(40);
  });

  it('hold no styles, which the pages may not have, and nothing that is markup on GitHub only', () => {
    for (const [name, page] of pages)
      expect([name, page.match(/ style=|&lt;(!--|picture|source|img)/)]).toEqual([name, null]);
  });
});
