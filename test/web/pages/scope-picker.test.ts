import supertest, { type Response } from 'supertest';
import { catalogueProducts } from '../../../src/zoho/scope-catalogue';
import { person, someName } from '../../support/person';
import { inProcess, type TestApp } from '../../support/start';

let app: TestApp;
beforeAll(async () => {
  app = await inProcess();
});
afterAll(() => app.stop());
beforeEach(() => {
  app.advance(601); // Zoho gives out ten grant codes in ten minutes.
  app.simulator.control.faults.clearFaults();
});

type Fields = readonly (readonly [name: string, value: string])[];

/** Sends a form as a browser without script does. */
function post(path: string, fields: Fields): Promise<Response> {
  return supertest(app.url)
    .post(path)
    .set({ Origin: app.url, 'Sec-Fetch-Site': 'same-origin' })
    .type('form')
    .send(new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value])).toString());
}

function picked(fields: Fields, name = someName()): Promise<Response> {
  return post('/connect', [['from', 'connect'], ['picker', 'yes'], ['name', name], ...fields]);
}

function askedOf(response: Response): string[] | undefined {
  const { location } = response.headers as Record<string, string | undefined>;
  return location === undefined ? undefined : new URL(location).searchParams.get('scope')?.split(',');
}

function tickedIn({ text }: Response): string[] {
  return [...text.matchAll(/name="scope" value="([^"]+)"[^>]* checked/g)].map(([, scope = '']) => scope);
}

describe('the page of a new connection', () => {
  it('has every scope of the catalogue once, those of the preset ticked and their products first', async () => {
    const page = await person(app).visit('/connect');
    const boxes = [...page.text.matchAll(/type="checkbox" name="scope" value="([^"]+)"/g)].map(
      ([, scope = '']) => scope,
    );
    const all = catalogueProducts.flatMap(({ resources }) => resources.flatMap(({ scopes }) => scopes));
    expect(boxes.toSorted()).toEqual(all.map(({ name }) => name).toSorted());
    expect(tickedIn(page).toSorted()).toEqual(app.config.scopes.toSorted());
    const [first, second] = [...page.text.matchAll(/<summary><b>([^<]+)/g)].map(([, name]) => name);
    expect([first, second]).toEqual(['CRM', 'Zoho Accounts']);
  });

  it.each([
    ['link', '/links'],
    ['code', '/connect/code/address'],
    ['device', '/connect/device'],
  ])('takes what was picked along to the way %s', async (way, action) => {
    const fields = [
      ['way', way],
      ['data_center', 'us'],
      ['scope', 'Desk.tickets.READ'],
      ['scopes', 'ZohoCRM.org.READ'],
    ] as const;
    const { status, text } = await picked(fields, 'taken-along');
    const form = text.split('<form').find((part) => part.includes(`action="${action}"`)) ?? '';
    expect([status, form]).toEqual([200, expect.stringContaining('>Desk.tickets.READ, ZohoCRM.org.READ</textarea>')]);
    expect(form).toContain('value="taken-along"');
    // Where the client is registered goes without saying.
    expect(form).toMatch(/<option value="" selected>/);
  });

  it('stays under 200 kB', async () => {
    expect((await person(app).visit('/connect')).text.length).toBeLessThan(200_000);
  });

  it('leads to the setup before there is a client', async () => {
    const other = await inProcess({ ZOHO_CLIENT_ID: '', ZOHO_CLIENT_SECRET: '' });
    try {
      expect((await person(other).open('/connect')).headers['location']).toBe('/setup');
    } finally {
      await other.stop();
    }
  });

  it('offers the clients where there are several, and asks with the one that is chosen', async () => {
    const other = '1000.ANOTHERCLIENT00000000000000000';
    const someone = person(app);
    expect((await someone.visit('/connect')).text).not.toContain('name="client_id"');
    const fields = { client_id: other, client_secret: 'f'.repeat(42), data_center: 'eu' };
    await someone.submit('/clients', fields, '/clients');
    expect((await someone.visit('/connect')).text).toContain(`<option value="${other}">`);
    const choice: Fields = [
      ['client_id', other],
      ['scope', 'Desk.basic.READ'],
    ];
    const again = await picked([...choice, ['pick', 'mail:read']]);
    expect(again.text).toContain(`<option value="${other}" selected>`);
    const url = new URL((await picked(choice)).headers['location'] as string);
    expect([url.origin, url.searchParams.get('client_id')]).toEqual([app.simulator.urls.eu, other]);
    await someone.submit(`/clients/${other}/delete`, {}, '/clients');
  });

  it('asks Zoho for what is ticked and what is written, each once', async () => {
    const response = await picked([
      ['scope', 'ZohoBooks.invoices.READ'],
      ['scope', 'Desk.basic.READ'],
      ['scopes', '["desk.basic.read", "WorkDrive.team.ALL"]'],
    ]);
    expect(askedOf(response)).toEqual(['ZohoBooks.invoices.READ', 'Desk.basic.READ', 'WorkDrive.team.ALL']);
  });

  it('comes back with what was typed and ticked when the name is not one', async () => {
    const response = await picked(
      [
        ['scope', 'ZohoBooks.invoices.READ'],
        ['scopes', 'WorkDrive.team.ALL'],
      ],
      'No Name',
    );
    expect(response.status).toBe(400);
    expect(response.text).toContain('<h1>New connection</h1>');
    expect(response.text).toContain('value="No Name"');
    expect(tickedIn(response)).toEqual(['ZohoBooks.invoices.READ']);
    expect(response.text).toContain('>WorkDrive.team.ALL</textarea>');
  });

  it('comes back when the name is taken, and when nothing is chosen or written is no scope', async () => {
    const name = someName();
    await person(app).connect({ name });
    const taken = await picked([['scope', 'Desk.basic.READ']], name);
    expect(taken.status).toBe(409);
    expect(tickedIn(taken)).toEqual(['Desk.basic.READ']);
    const none = await picked([]);
    expect([none.status, tickedIn(none)]).toEqual([400, []]);
    expect(none.text).toContain('Choose at least one scope.');
    const odd = await picked([['scopes', 'everything']]);
    expect(odd.status).toBe(400);
    expect(odd.text).toContain('This has “everything”, which is no scope.');
    expect(odd.text).toContain('>everything</textarea>');
  });

  it('ticks what a button says where no script does, and keeps the rest', async () => {
    const desk: Fields = [['scope', 'Desk.tickets.ALL']];
    const read = await picked([...desk, ['scope', 'ZohoMail.messages.ALL'], ['pick', 'mail:read']], 'a-name');
    expect(read.status).toBe(200);
    expect(read.text).toContain('value="a-name"');
    expect(tickedIn(read)).toEqual(expect.arrayContaining(['Desk.tickets.ALL', 'ZohoMail.messages.READ']));
    expect(tickedIn(read)).not.toContain('ZohoMail.messages.ALL');
    expect(tickedIn(await picked([...desk, ['pick', 'desk:none']]))).toEqual([]);
    const preset = await picked([...desk, ['pick', 'preset:crm-read']]);
    expect(tickedIn(preset)).toContain('ZohoCRM.modules.READ');
    expect(tickedIn(preset)).not.toContain('Desk.tickets.ALL');
    expect(tickedIn(await picked([...desk, ['pick', 'preset:usual']])).toSorted()).toEqual(
      app.config.scopes.toSorted(),
    );
  });

  it('takes all scopes of all products in one form', async () => {
    const all = catalogueProducts.flatMap(({ resources }) => resources.flatMap(({ scopes }) => scopes));
    const response = await picked(all.map(({ name }) => ['scope', name] as const));
    expect(response.status).toBe(200);
    expect(response.text).toContain('data-onward');
  });
});

describe('what Zoho would refuse', () => {
  const wrong = 'ZohoCRM.modules.ALLL, Desk.basic.READ';

  it.each([
    [
      'the page that it was picked on',
      [
        ['from', 'connect'],
        ['picker', 'yes'],
      ],
    ],
    ['the dashboard', []],
  ] as [string, Fields][])('is asked about on %s, before the consent page', async (_where, from) => {
    const name = someName();
    const fields: Fields = [...from, ['name', name], ['scopes', wrong]];
    const asked = await post('/connect', fields);
    expect(asked.status).toBe(400);
    expect(asked.text).toContain(
      '“ZohoCRM.modules.ALLL” is not in Zoho’s lists. Did you mean <code>ZohoCRM.modules.ALL</code>?',
    );
    expect(asked.text).toContain(`value="${name}"`);
    const right = await post('/connect', [...fields, ['take', 'yes']]);
    expect(askedOf(right)).toEqual(['ZohoCRM.modules.ALL', 'Desk.basic.READ']);
    const allTheSame = await post('/connect', [...fields, ['anyway', 'yes']]);
    expect(askedOf(allTheSame)).toEqual(['ZohoCRM.modules.ALLL', 'Desk.basic.READ']);
  });

  it('stays a question where nothing can be suggested', async () => {
    const response = await picked([
      ['scopes', 'Salesforce.leads.READ'],
      ['take', 'yes'],
    ]);
    expect(response.status).toBe(400);
    expect(response.text).toContain('No known scope begins with “Salesforce”.');
    expect(response.text).not.toContain('name="take"');
  });
});

describe('what Zoho does not list as granted', () => {
  it('is said after connecting and on the page of the connection, as what may be missing', async () => {
    const someone = person(app);
    const name = someName();
    app.simulator.control.faults.inject({ endpoint: 'exchange', kind: 'fewer_scopes' });
    const page = await someone.connect({ name, scopes: 'ZohoCRM.org.READ,Desk.basic.READ' });
    const words = 'Zoho’s answer does not list Desk.basic.READ among what was granted.';
    expect(page.text).toContain(words);
    const alone = await someone.visit(`/connections/${name}`);
    expect(alone.text).toContain(words);
  });

  it('is not said of parts that stand for the whole', async () => {
    app.simulator.control.settings.expandAll = true;
    const someone = person(app);
    const page = await someone.connect({ name: someName(), scopes: 'ZohoCRM.users.ALL' });
    app.simulator.control.settings.expandAll = false;
    expect(page.text).toContain('is connected.');
    expect(page.text).not.toContain('does not list');
  });
});

describe('changing the scopes of a connection', () => {
  let name: string;
  beforeEach(async () => {
    name = someName();
    await person(app).connect({ name, scopes: 'ZohoCRM.org.READ,WorkDrive.files.ALL' });
  });

  it('begins with what the connection has', async () => {
    const page = await person(app).visit(`/connections/${name}/scopes`);
    expect(tickedIn(page)).toEqual(['ZohoCRM.org.READ', 'WorkDrive.files.ALL']);
    expect((await person(app).visit(`/connections/${name}`)).text).toContain(`href="/connections/${name}/scopes"`);
    expect((await person(app).visit('/connections/no-such/scopes')).status).toBe(404);
  });

  it('begins with what was asked for where Zoho lists it in parts', async () => {
    const parts = someName();
    app.simulator.control.settings.expandAll = true;
    await person(app).connect({ name: parts, scopes: 'ZohoCRM.users.ALL' });
    app.simulator.control.settings.expandAll = false;
    expect(tickedIn(await person(app).visit(`/connections/${parts}/scopes`))).toEqual(['ZohoCRM.users.ALL']);
  });

  it('shows what is added, dropped and kept, and goes to Zoho for it', async () => {
    const someone = person(app);
    const chosen: Fields = [
      ['picker', 'yes'],
      ['scope', 'ZohoCRM.org.READ'],
      ['scope', 'Desk.basic.READ'],
    ];
    const review = await post(`/connections/${name}/scopes`, chosen);
    const lists = [...review.text.matchAll(/<h2 class="dot \w+">(\w+)[^]*?<ul class="scopes">([^]*?)<\/ul>/g)];
    expect(lists.map(([, what, list = '']) => [what, list.replace(/<[^>]*>/g, ' ').trim()])).toEqual([
      ['Added', 'Desk.basic.READ'],
      ['Dropped', 'WorkDrive.files.ALL'],
      ['Kept', 'ZohoCRM.org.READ'],
    ]);
    const scopes = /name="scopes" value="([^"]*)"/.exec(review.text)?.[1] ?? '';
    const response = await someone.submit(`/connections/${name}/reconnect`, { scopes }, `/connections/${name}`);
    expect(askedOf(response)).toEqual(['ZohoCRM.org.READ', 'Desk.basic.READ']);

    const before = app.simulator.control.count({ endpoint: 'exchange' });
    const callback = app.simulator.control.authorize(response.headers['location'] as string, { accept: true });
    const { pathname, search } = new URL(callback);
    expect((await someone.visit(pathname + search)).text).toContain(`“${name}” is connected again.`);
    expect(app.simulator.control.count({ endpoint: 'exchange' })).toBe(before + 1);
    expect(tickedIn(await someone.visit(`/connections/${name}/scopes`)).toSorted()).toEqual([
      'Desk.basic.READ',
      'ZohoCRM.org.READ',
    ]);
    // A plain reconnect asks for the new ones from now on.
    const again = await someone.submit(`/connections/${name}/reconnect`, {}, `/connections/${name}`);
    expect(askedOf(again)).toEqual(['ZohoCRM.org.READ', 'Desk.basic.READ']);
  });

  it('changes nothing when it is declined at Zoho', async () => {
    const someone = person(app);
    const fields = { scopes: 'Desk.basic.READ' };
    const response = await someone.submit(`/connections/${name}/reconnect`, fields, `/connections/${name}`);
    const callback = app.simulator.control.authorize(response.headers['location'] as string, { accept: false });
    const { pathname, search } = new URL(callback);
    await someone.visit(pathname + search);
    const page = await someone.visit(`/connections/${name}/scopes`);
    expect(tickedIn(page)).toEqual(['ZohoCRM.org.READ', 'WorkDrive.files.ALL']);
  });

  it('asks about what Zoho would refuse, and leads back with all that was chosen', async () => {
    const direct = await post(`/connections/${name}/reconnect`, [['scopes', 'ZohoCRM.org.REED']]);
    expect(direct.status).toBe(400);
    expect(direct.text).toContain('Did you mean <code>ZohoCRM.org.READ</code>?');
    const back = await post(`/connections/${name}/scopes`, [
      ['scopes', 'Desk.basic.READ ZohoCRM.org.REED'],
      ['again', 'yes'],
    ]);
    expect(tickedIn(back)).toEqual(['Desk.basic.READ']);
    expect(back.text).toContain('>ZohoCRM.org.REED</textarea>');
    const none = await post(`/connections/${name}/scopes`, [['picker', 'yes']]);
    expect([none.status, tickedIn(none)]).toEqual([400, []]);
  });
});
