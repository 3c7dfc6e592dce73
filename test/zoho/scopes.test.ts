import { parseScopes } from '../../src/zoho/scopes';

it.each([
  ['ZohoCRM.modules.ALL', ['ZohoCRM.modules.ALL']],
  [' Desk.basic.READ , ZohoMail.messages.ALL,', ['Desk.basic.READ', 'ZohoMail.messages.ALL']],
  ['a.b,a.b,c.d', ['a.b', 'c.d']],
  ['ZohoCRM.modules.custom_module-1.READ', ['ZohoCRM.modules.custom_module-1.READ']],
])('the scopes in "%s" are taken, each once', (text, scopes) => {
  expect(parseScopes(text)).toEqual(scopes);
});

it.each(['', ' , ,', 'ZohoCRM.modules.ALL AaaServer.profile.Read', 'a;b', 'a,<b>', 'ü', 'x'.repeat(201)])(
  '"%s" is no list of scopes',
  (text) => {
    expect(parseScopes(text)).toBeNull();
  },
);
