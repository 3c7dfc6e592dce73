import { findConnection } from '../../../src/store/connections';
import { post } from '../../support/simulator';
import { inProcess, type TestApp } from '../../support/start';
import { pathOf, type Person, person, someName } from '../../support/person';

// Somebody who belongs to several organisations chooses one at Zoho's own page before the consent.

const [own, other] = ['700400100', '700400777'];

let app: TestApp;
let someone: Person;
beforeAll(async () => {
  app = await inProcess();
  const [maria] = app.simulator.control.users();
  if (maria === undefined) throw new Error('nobody is there');
  const otherOrganisations = [{ organisation: 'Brightwater Trial', orgId: other }];
  app.simulator.control.addUser({ ...maria, otherOrganisations });
});
afterAll(() => app.stop());
beforeEach(() => {
  someone = person(app);
});

/** What the browser does at Zoho's pages, back to the page that the Keeper shows. */
async function choose(address: string, orgId: string) {
  let page = await (await fetch(address)).text();
  for (const pressed of [{ org_id: orgId }, { decision: 'accept' }]) {
    const action = /<form method="post" action="([^"]+)"/.exec(page)?.[1] ?? '';
    const hidden = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
    const fields = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]));
    const answer = await post(new URL(action, address).href, { ...fields, ...pressed });
    const location = answer.headers.get('location');
    if (location !== null) return someone.visit(pathOf(location));
    page = await answer.text();
  }
  throw new Error('Zoho leads nowhere');
}

async function connect(name: string, orgId: string) {
  const { headers } = await someone.submit('/connect', { name });
  return choose(headers['location'] as string, orgId);
}

it('two connections of one person are for one organisation each', async () => {
  const [first, second] = [someName(), someName()];
  await connect(first, own);
  await connect(second, other);
  const known = await Promise.all([first, second].map((name) => findConnection(app.server.store, name)));
  expect(known.map((row) => [row?.organisation, row?.organisation_id])).toEqual([
    ['Brightwater Supply', own],
    ['Brightwater Trial', other],
  ]);
  await someone.submit(`/connections/${first}/revoke`, {}, `/connections/${first}`);
  await someone.submit(`/connections/${second}/refresh`, {}, `/connections/${second}`);
  expect((await someone.visit('/')).text).toContain(`“${second}” has a new access token`);
});

it('a reconnect for which the other organisation was chosen is asked about', async () => {
  const name = someName();
  await connect(name, other);
  const { headers } = await someone.submit(`/connections/${name}/reconnect`, {}, `/connections/${name}`);
  const page = await choose(headers['location'] as string, own);
  expect(page.text).toContain(
    'The organisation would change: <b>Brightwater Trial (700400777)</b> → <b>Brightwater Supply (700400100)</b>',
  );
  expect((await findConnection(app.server.store, name))?.organisation_id).toBe(other);
});
