import { notListed } from '../../src/zoho/granted-scopes';

it.each([
  ['the same in another case', 'AaaServer.profile.Read', ['aaaserver.profile.READ']],
  [
    'ALL as its parts',
    'Site24x7.Admin.All',
    ['READ', 'CREATE', 'UPDATE', 'DELETE'].map((end) => `site24x7.admin.${end}`),
  ],
  ['WRITE as its parts', 'ZohoCRM.users.WRITE', ['CREATE', 'UPDATE', 'DELETE'].map((end) => `ZohoCRM.users.${end}`)],
  ['a part within ALL', 'ZohoCRM.users.READ', ['ZohoCRM.users.ALL']],
  ['a part within WRITE', 'ZohoCRM.users.UPDATE', ['ZohoCRM.users.WRITE']],
  ['one module within all of them', 'ZohoCRM.modules.leads.READ', ['ZohoCRM.modules.READ']],
  ['anything within full access', 'ZohoBooks.invoices.READ', ['ZohoBooks.fullaccess.all']],
  ['openid', 'openid', ['OpenID']],
])('what was asked counts as granted: %s', (_what, asked, granted) => {
  expect(notListed([asked], granted)).toEqual([]);
});

it.each([
  ['ALL with a part missing', 'ZohoCRM.users.ALL', ['ZohoCRM.users.READ', 'ZohoCRM.users.CREATE']],
  ['reading does not include writing', 'ZohoCRM.users.UPDATE', ['ZohoCRM.users.READ']],
  ['writing does not include reading', 'ZohoCRM.users.READ', ['ZohoCRM.users.WRITE']],
  ['one module is not all of them', 'ZohoCRM.modules.READ', ['ZohoCRM.modules.leads.READ']],
  ['another product', 'Desk.basic.READ', ['ZohoCRM.modules.ALL']],
])('what was asked counts as left out: %s', (_what, asked, granted) => {
  expect(notListed([asked], granted)).toEqual([asked]);
});
