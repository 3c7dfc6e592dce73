import type { OutgoingHttpHeaders } from 'node:http';
import fc, { type Arbitrary } from 'fast-check';
import type { FuzzedRequest, Target } from './fuzz';
import { headerText, pairs, text, writtenText } from './input';

const paths = [
  '/',
  '/connect',
  ...['code', 'code/address', 'device', 'device/abcdefghij', 'device/abcdefghij/cancel'].map(
    (way) => `/connect/${way}`,
  ),
  '/setup',
  '/clients',
  ...['default', 'test', 'delete', 'secrets'].map(
    (action) => `/clients/1000.TESTCLIENT000000000000000000000/${action}`,
  ),
  '/login',
  '/login/oidc',
  '/login/callback',
  '/logout',
  '/keys',
  '/keys/new',
  '/keys/abcdefghij',
  '/keys/abcdefghij/revoke',
  '/docs/api.md',
  '/events',
  '/events.jsonl',
  '/flows/00000000-0000-0000-0000-000000000000/dismiss',
  '/connections/crm',
  ...['refresh', 'reveal', 'reconnect', 'revoke', 'delete', 'try'].map((action) => `/connections/crm/${action}`),
  '/assets/app.css',
  '/assets/app.js',
  '/healthz',
  '/readyz',
  '/metrics',
  '/api/v1/connections',
  '/api/v1/connections/crm',
  '/api/v1/connections/crm/token',
  '/api/v1/connections/crm/refresh',
  '/api/v1/connections/crm/proxy/crm/v8/org',
  '/api/v1/openapi.json',
];
const methods = [
  'GET',
  'GET',
  'GET',
  'POST',
  'POST',
  'POST',
  'HEAD',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'M-SEARCH',
  'QUERY',
];
const names = [
  'name',
  'scopes',
  'data_center',
  'token',
  'client_id',
  'code',
  'redirect_uri',
  'client_secret',
  'from',
  'since',
  'until',
  'actor',
  'action',
  'subject',
  'before',
  'after',
  'limit',
  'min_ttl',
  'because',
  'connections',
  'days',
  'rights',
  'password',
  'next',
  'product',
];
const path: Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...paths) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...paths),
        fc.constantFrom('/', '//', '/.', '/%2e%2e/', ';x', '%00', '.json', '/..;/', '%2f', '\\'),
      )
      .map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: fc.constantFrom(...paths).map((known) => known.toUpperCase()) },
  { weight: 2, arbitrary: writtenText.map((written) => `/connections/${written}`) },
  { weight: 1, arbitrary: fc.array(writtenText, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`) },
);

/** Never with the right cookie and the right origin: such a request would not be malformed. */
export function anyRequest(target: Target): Arbitrary<FuzzedRequest> {
  const query = fc.oneof(
    { weight: 2, arbitrary: fc.constant('') },
    { weight: 3, arbitrary: pairs(names, writtenText) },
  );
  return fc
    .record({ method: fc.constantFrom(...methods), path, query, headers: headers(target), body: body() })
    .map(({ method, path, query, headers, body }) => ({
      method,
      path: path + (query === '' ? '' : `?${query}`),
      headers: {
        Host: `localhost:${target.site.port}`,
        ...harmless(target, withoutLogin(path, headers)),
        ...body.headers,
      },
      body: method === 'GET' || method === 'HEAD' ? '' : body.content,
    }));
}

function headers({ someone, site }: Target): Arbitrary<OutgoingHttpHeaders> {
  const origin = fc.constantFrom('null', site.url, 'https://evil.test', '', '[object Object]');
  const known: Record<string, Arbitrary<string>> = {
    Cookie: fc.oneof(fc.constant(someone.cookie()), headerText),
    Origin: origin,
    Referer: headerText,
    'Sec-Fetch-Site': fc.constantFrom('same-origin', 'same-site', 'cross-site', 'none', 'x'),
    'Sec-Fetch-Mode': fc.constantFrom('navigate', 'cors', 'x'),
    Accept: fc.oneof(
      fc.constantFrom('text/html', 'application/json', 'text/plain', '*/*', ';;;', 'a/b;q=x'),
      headerText,
    ),
    Authorization: fc.oneof(
      headerText.map((value) => `Bearer ${value}`),
      headerText,
      fc.constant('Basic Og=='),
    ),
    'X-Forwarded-For': headerText,
    'X-Forwarded-Proto': headerText,
    'X-Forwarded-Host': headerText,
    'X-HTTP-Method-Override': fc.constantFrom('DELETE', 'POST'),
    'X-Original-URL': fc.constantFrom('/', '/setup'),
    'If-None-Match': headerText,
    'If-Modified-Since': headerText,
    Range: fc.constantFrom('bytes=0-0', 'bytes=-1', 'bytes=9-1', 'bytes=0-0,1-1', 'x'),
    Expect: fc.constantFrom('100-continue', 'x'),
    'Accept-Language': headerText,
    'User-Agent': headerText,
  };
  return fc.record(known, { requiredKeys: [] });
}

/** Our own pages would be obeyed. */
function harmless({ someone, site }: Target, { Cookie, ...others }: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const isOurs = others['Sec-Fetch-Site'] === 'same-origin' || others['Origin'] === site.url;
  return Cookie === undefined || (isOurs && Cookie === someone.cookie()) ? others : { ...others, Cookie };
}

/** A form that could be a try at the password would be counted as one. */
function withoutLogin(
  at: string,
  { Origin, 'Sec-Fetch-Site': site, ...others }: OutgoingHttpHeaders,
): OutgoingHttpHeaders {
  const isLogin = /login/i.test(at);
  return {
    ...others,
    ...(!isLogin && { ...(Origin !== undefined && { Origin }), ...(site !== undefined && { 'Sec-Fetch-Site': site }) }),
  };
}

function body(): Arbitrary<{ headers: OutgoingHttpHeaders; content: Buffer | string }> {
  const typed = (type: string, content: Arbitrary<Buffer | string>) =>
    content.map((written) => ({ headers: { 'Content-Type': type }, content: written }));
  const form = pairs(names, writtenText);
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
  const json = fc.oneof(
    fc.json(),
    text,
    fc.constantFrom('{"__proto__":{"polluted":1}}', '['.repeat(5000), '{"a":'.repeat(2000)),
  );
  return fc.oneof(
    typed('application/x-www-form-urlencoded', form),
    typed('application/x-www-form-urlencoded; charset=utf-7', form),
    typed('application/x-www-form-urlencoded', bytes),
    typed('application/json', json),
    typed('text/plain', text),
    typed('multipart/form-data; boundary=x', bytes),
    form.map((content) => ({
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Encoding': 'gzip' },
      content,
    })),
    form.map((content) => ({ headers: {}, content })),
  );
}
