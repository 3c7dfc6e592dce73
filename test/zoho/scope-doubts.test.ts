import { readConfig } from '../../src/config/config';
import { catalogueProducts } from '../../src/zoho/scope-catalogue';
import { doubtsAbout, withSuggestions } from '../../src/zoho/scope-doubts';
import { scopePresets } from '../../src/zoho/scope-presets';

const all = catalogueProducts.flatMap(({ resources }) =>
  resources.flatMap(({ scopes }) => scopes.map(({ name }) => name)),
);

it.each([
  ['ZohoCRM.modules.ALLL', 'ZohoCRM.modules.ALL', 'is not in Zoho’s lists'],
  ['ZohoCRM.module.READ', 'ZohoCRM.modules.READ', 'is not in Zoho’s lists'],
  ['ZohoBooks.invoice.READ', 'ZohoBooks.invoices.READ', 'is not in Zoho’s lists'],
  ['ZohoCRM.modules.conatcts.READ', 'ZohoCRM.modules.Contacts.READ', 'is not in Zoho’s lists'],
  ['ZohoCRM.users.REED', 'ZohoCRM.users.READ', 'is not in Zoho’s lists'],
  ['ZohoDesk.tickets.READ', 'Desk.tickets.READ', 'No known scope begins with “ZohoDesk”'],
  ['Books.invoices.READ', 'ZohoBooks.invoices.READ', 'No known scope begins with “Books”'],
  ['ZohoBilling.customers.READ', 'ZohoSubscriptions.customers.READ', 'No known scope begins with “ZohoBilling”'],
  ['ZohoCMR.modules.ALL', 'ZohoCRM.modules.ALL', 'No known scope begins with “ZohoCMR”'],
  ['Salesforce.leads.READ', null, 'No known scope begins with “Salesforce”'],
  ['ZohoMail.accounts.DELETE', 'ZohoMail.accounts.READ', 'knows no DELETE. Zoho’s lists have READ.'],
  ['zohobookings.data.READ', 'zohobookings.data.CREATE', 'knows no READ. Zoho’s lists have CREATE.'],
  ['ZohoCRM.modules', 'ZohoCRM.modules.ALL', 'does not say what it allows'],
  ['ZohoCRM.own.things', null, 'does not end in what it allows'],
])('asks about %s whether %s was meant', (scope, suggestion, words) => {
  const [doubt, ...more] = doubtsAbout(['ZohoCRM.org.READ', scope]);
  expect(more).toEqual([]);
  expect(doubt).toEqual({ scope, suggestion, sentence: expect.stringContaining(words) });
});

it.each([
  ['WorkDrive.team.ALL', 'which Zoho has and the catalogue has not'],
  ['ZohoCRM.modules.Machines.READ', 'of a custom module'],
  ['zohocrm.MODULES.all', 'in another case'],
  ['openid', 'of OpenID Connect'],
])('asks nothing about %s, %s', (scope) => {
  expect(doubtsAbout([scope])).toEqual([]);
});

it('asks nothing about the catalogue, the presets and the default', () => {
  const presets = scopePresets.flatMap(({ scopes }) => scopes);
  expect(doubtsAbout([...all, ...presets, ...readConfig({}).scopes])).toEqual([]);
  expect(presets.filter((scope) => !all.includes(scope))).toEqual([]);
});

it('suggests every scope of the catalogue when its last letter is doubled', () => {
  const wrong = all.filter((scope) => doubtsAbout([`${scope}${scope.at(-1)}`])[0]?.suggestion !== scope);

  expect(wrong).toEqual([]);
});

it('takes suggestions once and leaves the rest', () => {
  const scopes = ['ZohoCRM.modules.ALLL', 'ZohoCRM.modules.ALL', 'Salesforce.leads.READ'];
  expect(withSuggestions(scopes, doubtsAbout(scopes))).toEqual(['ZohoCRM.modules.ALL', 'Salesforce.leads.READ']);
});

it('stays quick with a form full of unknown scopes', () => {
  const many = Array.from({ length: 2000 }, (_, index) => `ZohoCRM.modules.leads.x${index}`);
  const start = performance.now();
  expect(doubtsAbout(many).length).toBeGreaterThan(10);
  expect(performance.now() - start).toBeLessThan(2000);
});
