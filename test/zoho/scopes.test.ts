import catalogue from '../../src/zoho/scopes.json';
import { parseScopes, scopesProblem } from '../../src/zoho/scopes';

const [crm, user] = ['ZohoCRM.modules.ALL', 'AaaServer.profile.Read'];
const token = `1000.${'a1'.repeat(16)}.${'b2'.repeat(16)}`;

it.each([
  ['separated by commas', `${crm},${user}`],
  ['with blanks and a comma at the end', ` ${crm} , ${user},`],
  ['separated by blanks, as in Zoho’s answers', `${crm} ${user}`],
  ['separated by semicolons', `${crm}; ${user}`],
  ['separated by other signs', `${crm} | ${user}`],
  ['separated by plus signs', `${crm}+${user}`],
  ['separated by Chinese commas', `${crm}，${user}、`],
  ['one a line', `${crm}\n${user}\n`],
  ['one a line, from Windows', `${crm},\r\n${user}\r\n`],
  ['with lines that are written out', `${crm}\\n${user}`],
  ['in quotes', `"${crm},${user}"`],
  ['each in quotes', `'${crm}', '${user}'`],
  ['in quotes of a word processor', `“${crm}”, „${user}“`],
  ['in other quotes', `«${crm}» ‘${user}’ `],
  ['in backticks', `\`${crm}\` and`.replace(' and', ` \`${user}\``)],
  ['as JSON', JSON.stringify([crm, user], null, 2)],
  ['as JSON in JSON', JSON.stringify(JSON.stringify([crm, user]))],
  ['as a list of Python', `['${crm}', '${user}']`],
  ['as a list of YAML', `scopes:\n  - ${crm}\n  - ${user}\n`],
  ['as a list with bullets', `• ${crm}\n• ${user}`],
  ['as a list of Markdown', `* \`${crm}\`\n* **${user}**`],
  ['as a numbered list', `1. ${crm}\n2) ${user}`],
  ['as HTML', `<ul class="a"><li>${crm}</li><li>${user}</li></ul>`],
  ['with entities of HTML', `&quot;${crm}&#44;&nbsp;${user}&quot;`],
  ['with hidden signs', `\uFEFF${crm}\u00A0\u200B${user}\u200B`],
  ['as a sentence', `Scopes: ${crm}, ${user}.`],
  ['as a line of .env', `ZOHO_SCOPES="${crm},${user}"`],
  ['as an assignment of PHP', `'scope' => '${crm},${user}',`],
  ['as a parameter', `scope=${crm},${user}`],
  ['as a parameter among others', `client_id=1000.A&scope=${crm}%2C${user}&access_type=offline`],
  ['in an authorization URL', `https://accounts.zoho.com/oauth/v2/auth?scope=${crm},${user}&client_id=1000.A&x=y`],
  ['in one of a page', `https://accounts.zoho.com/oauth/v2/auth?client_id=1&amp;scope=${crm}%20${user}&amp;state=a.b`],
  ['in a token answer', JSON.stringify({ access_token: token, scope: `${crm} ${user}`, api_domain: 'https://a.b' })],
  ['in a part of one', `"scope": "${crm} ${user}", "api_domain": "https://www.zohoapis.com"`],
  ['in self_client.json', JSON.stringify({ client_id: 'a.b', scope: [crm, user], code: token })],
  ['with ticks, boxes and arrows', `✓ ${crm}\n[x] ${user} →`],
  ['with signs between them', `${crm} & ${user} / =`],
  ['separated by a line separator', `${crm}\u2028${user}`],
  ['with escapes of JSON', `"${crm}\\u002c${user}"`],
  ['in a setting of another name', `zoho.oauth.scope = ${crm},${user}`],
  ['in a file of settings', `ZOHO_SCOPES=${crm}, ${user}\r\nexport CLIENT_ID=1000.A\nclient_secret=c.d`],
  [
    'in the address of a sign-in page',
    `https://a.b/signin?to=${encodeURIComponent(`https://c.d/?scope=${crm}%2C${user}&x=y`)}`,
  ],
  ['more than once, in any case', `${crm},${user},${crm.toLowerCase()},${user.toUpperCase()}`],
])('scopes %s are understood', (_what, text) => {
  expect(parseScopes(text)).toEqual({ scopes: [crm, user], unfit: [] });
});

it('every scope of the catalogue is one, however the catalogue is separated', () => {
  const all = [...new Set(Object.values(catalogue).flat())];
  for (const separator of [',', ' ', '\n']) expect(parseScopes(all.join(separator)).scopes).toEqual(all);
});

it.each([
  ['', 'names no scope'],
  [' , ,', 'names no scope'],
  ['{"access_token":"a.b.c"}', 'names no scope'],
  ['https://accounts.zoho.com/oauth/v2/auth?client_id=a.b', 'names no scope'],
  [`${crm} und ${user}`, 'has “und”, which is no scope'],
  [`${crm},,ü`, 'has “ü”, which is no scope'],
  ['ZohoCRM', 'has “ZohoCRM”, which is no scope'],
  [`${crm}@x`, `has “${crm}@x”, which is no scope`],
  ['ZohoCRM.modules.АLL', 'has “ZohoCRM.modules.АLL”, which is no scope'],
  [`${crm} ${token}`, 'has something of 70 characters, which is no scope'],
  [`client_secret=0a1b2c3d`, 'has something of 22 characters, which is no scope'],
  ['0a1b2c3d4e'.repeat(4), 'has something of 40 characters, which is no scope'],
  ['x.'.repeat(101), 'has something of 201 characters, which is no scope'],
])('"%s" %s', (text, problem) => {
  expect(scopesProblem(parseScopes(text))).toBe(problem);
});

it.each(['<a ', '%25', '%'])('reads a long run of %j in a moment', (part) => {
  const begun = performance.now();
  parseScopes(`${part.repeat(60_000 / part.length)}25`);
  parseScopes(`%${'25'.repeat(30_000)}`);
  expect(performance.now() - begun).toBeLessThan(1000);
});
