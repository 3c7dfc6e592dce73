import createClient from 'openapi-fetch';
import type { paths } from './openapi.mjs';

// What a program makes of openapi.json with openapi-typescript and openapi-fetch. A test generates the types, compiles
// this against them, runs it and looks at what it prints.

const { KEEPER_URL = '', KEEPER_KEY = '' } = process.env;
const client = createClient<paths>({
  baseUrl: KEEPER_URL,
  headers: { Authorization: `Bearer ${KEEPER_KEY}` },
  querySerializer: { object: { style: 'form', explode: true } },
});
const called: string[] = [];
client.use({ onRequest: ({ request, schemaPath }) => void called.push(`${request.method} ${schemaPath}`) });

const crm = { path: { name: 'crm' } };
const echo = (query?: Record<string, string | number>) => ({
  path: { name: 'crm', path: 'crm/v8/echo/a b' },
  ...(query && { query: { query } }),
});
const asText = { headers: { Accept: 'text/plain' }, parseAs: 'text' } as const;

async function names(): Promise<string[]> {
  const found: string[] = [];
  let after: string | null = '';
  while (after !== null) {
    const page: { limit: number; after?: string } = { limit: 1, ...(after !== '' && { after }) };
    const { data, error } = await client.GET('/api/v1/connections', { params: { query: page } });
    if (!data) throw new Error(error.detail);
    found.push(...data.connections.map(({ name }) => name));
    after = data.next;
  }
  return found;
}

async function connection() {
  const { data } = await client.GET('/api/v1/connections/{name}', { params: crm });
  const status: 'active' | 'needs_reconnect' | 'revoked' | 'throttled' | undefined = data?.status;
  return { status, left: data && data.budget.limit - data.budget.used, email: data?.user.email };
}

async function tokens() {
  const path = '/api/v1/connections/{name}/token';
  const json = await client.GET(path, { params: { ...crm, query: { min_ttl: 600 } } });
  // @ts-expect-error a number of seconds
  const refused = await client.GET(path, { params: { ...crm, query: { min_ttl: 'x' } } });
  // The types of both answers come together; which one it is follows from Accept.
  const lives = typeof json.data === 'object' && json.data.expires_in >= 600;
  const text: string | undefined = (await client.GET(path, { ...asText, params: crm })).data;
  const refreshed = await client.POST('/api/v1/connections/{name}/refresh', { ...asText, params: crm });
  return { lives, text, refreshed: refreshed.data, refused: refused.error?.code };
}

async function proxy() {
  const path = '/api/v1/connections/{name}/proxy/{path}';
  const body = { data: [{ Last_Name: 'Ärzt' }] };
  const call = { params: echo(), body };
  const binary = await client.GET(path, { params: echo(), parseAs: 'blob' });
  const refused = await client.GET(path, { params: { path: { name: 'nobody', path: 'crm/v8/org' } } });
  const declined = await client.GET(path, { params: { path: { name: 'crm', path: 'crm/v8/Leads' } } });
  return {
    get: (await client.GET(path, { params: echo({ fields: 'id,Email', per_page: 2 }) })).data,
    bytes: binary.data?.size,
    head: (await client.HEAD(path, { params: echo() })).response.status,
    options: (await client.OPTIONS(path, { params: echo() })).data,
    post: (await client.POST(path, call)).data,
    put: (
      await client.PUT(path, {
        ...call,
        body: 'a,b\n',
        bodySerializer: String,
        headers: { 'Content-Type': 'text/csv' },
      })
    ).data,
    patch: (await client.PATCH(path, call)).data,
    delete: (await client.DELETE(path, { params: echo({ ids: '1,2' }) })).data,
    refused: codeOf(refused.error),
    declined: codeOf(declined.error),
  };
}

/** The Keeper's code or Zoho's. */
function codeOf(error: string | { code?: unknown } | undefined): unknown {
  return typeof error === 'object' ? error.code : error;
}

async function operations() {
  const { data: description } = await client.GET('/api/v1/openapi.json');
  const { data: health } = await client.GET('/healthz', asText);
  const { data: readiness } = await client.GET('/readyz', asText);
  const { data: metrics } = await client.GET('/metrics', asText);
  return { openapi: description?.['openapi'], health, readiness, metrics: metrics?.split('\n')[0] };
}

async function problem() {
  const { data, error, response } = await client.GET('/api/v1/connections/{name}', {
    params: { path: { name: 'nobody' } },
  });
  if (data) throw new Error('there is somebody');
  const { code, title, request_id: id }: { code: string; title: string; request_id: string } = error;
  return { status: response.status, code, title, id };
}

const answers = {
  names: await names(),
  connection: await connection(),
  tokens: await tokens(),
  proxy: await proxy(),
  operations: await operations(),
  problem: await problem(),
};
process.stdout.write(JSON.stringify({ called, answers }));
