import { type DataCenterCode, dataCenter } from '../../src/zoho/data-centers';
import { zohoHosts } from '../../src/zoho/hosts';
import { apiOrigin, hostOfWord, products } from '../../src/zoho/products';

/** Where a word behind `~` leads for an account of a data centre. */
function originOf(word: string, dataCenterCode: DataCenterCode): string {
  const place = { dataCenter: dataCenterCode, apiDomain: dataCenter(dataCenterCode).apiUrl };
  return apiOrigin(zohoHosts(), place, hostOfWord(word) ?? 'none');
}

it.each([
  ['content', 'us', 'https://content.zohoapis.com'],
  ['content', 'au', 'https://content.zohoapis.com.au'],
  ['content', 'ca', 'https://upload.zohocloud.ca'],
  ['content', 'sa', 'https://files.zoho.sa'],
  ['upload', 'eu', 'https://upload.zoho.eu'],
  ['upload', 'ca', 'https://upload.zohocloud.ca'],
  ['upload', 'sa', 'https://files.zoho.sa'],
  ['upload', 'ae', 'https://files.zoho.ae'],
  ['download', 'in', 'https://download.zoho.in'],
  ['download', 'ca', 'https://download.zohocloud.ca'],
  ['desk', 'ca', 'https://desk.zohocloud.ca'],
  ['crm', 'jp', 'https://www.zohoapis.jp'],
] as const)('~%s in %s is %s', (word, dataCenterCode, origin) => {
  expect(originOf(word, dataCenterCode)).toBe(origin);
});

it('every product of the table has a word, and Zoho Accounts has none', () => {
  const without = products.filter(({ code }) => hostOfWord(code) === undefined).map(({ code }) => code);
  expect(without).toEqual(['profile']);
});
