import { parameters, schemas } from './schemas';

/** The OpenAPI 3.1 description of everything that programs can call here. A test holds it against the real routes. */
export function openApi(baseUrl: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Zoho Token Keeper',
      version: '1',
      description: 'Valid Zoho access tokens by name. Errors are application/problem+json with a stable code.',
    },
    servers: [{ url: baseUrl }],
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: zt_…' } },
      schemas,
    },
  };
}

const reasons: Readonly<Record<number, string>> = {
  400: 'invalid_request: a parameter, or a key in the address',
  401: 'unauthorized: no valid API key',
  403: 'forbidden: the key does not allow that',
  404: 'not_found: no such connection, or the key does not open it',
  409: 'needs_reconnect: a person has to connect again',
  413: 'too_large: the body has more than 100 MB',
  429: 'throttled or too_many_failures: wait Retry-After seconds',
  502: 'setup_problem: the set-up at Zoho has to be corrected; zoho_unavailable: no connection to a product',
  503: 'zoho_unavailable, storage_unavailable: wait Retry-After seconds',
  504: 'zoho_unavailable: a product did not answer in time',
};

const onItsOwn = { security: [] };
const { name, minTtl, limit, after, path } = parameters;

// One description for all methods: what they do is Zoho's business.
const proxied = Object.fromEntries(
  ['get', 'head', 'post', 'put', 'patch', 'delete', 'options'].map((method) => [
    method,
    {
      summary: 'Zoho’s answer to this API call, the token added; ~desk and the like before the path choose a product',
      parameters: [name, path],
      responses: {
        default: { description: 'As Zoho answered' },
        ...refusals(400, 401, 404, 409, 413, 429, 502, 503, 504),
      },
    },
  ]),
);

const paths = {
  '/api/v1/connections': {
    get: {
      summary: 'The connections that the key opens, by name',
      parameters: [limit, after],
      responses: { 200: json('Connections', 'A page of them'), ...refusals(400, 401, 429) },
    },
  },
  '/api/v1/connections/{name}': {
    get: {
      summary: 'One connection',
      parameters: [name],
      responses: { 200: json('Connection', 'The connection'), ...refusals(400, 401, 404, 429) },
    },
  },
  '/api/v1/connections/{name}/token': {
    get: {
      summary: 'A valid access token, refreshed if need be',
      parameters: [name, minTtl],
      responses: {
        200: {
          ...json('Token', 'The token; with Accept: text/plain nothing but the token'),
          content: { ...json('Token', '').content, 'text/plain': { schema: { type: 'string' } } },
        },
        ...refusals(400, 401, 404, 409, 429, 502, 503),
      },
    },
  },
  '/api/v1/connections/{name}/refresh': {
    post: {
      summary: 'A new access token from Zoho, within the budget; needs the right to refresh',
      parameters: [name],
      responses: { 200: json('Token', 'The new token'), ...refusals(400, 401, 403, 404, 409, 429, 502, 503) },
    },
  },
  '/api/v1/connections/{name}/proxy/{path}': proxied,
  '/api/v1/openapi.json': {
    get: { summary: 'This description', ...onItsOwn, responses: { 200: { description: 'OpenAPI 3.1' } } },
  },
  '/healthz': {
    get: { summary: 'Whether the process runs', ...onItsOwn, responses: { 200: text('ok') } },
  },
  '/readyz': {
    get: {
      summary: 'Whether the database can be written',
      ...onItsOwn,
      responses: { 200: text('ready'), 503: text('not ready') },
    },
  },
  '/metrics': {
    get: {
      summary: 'Counts in the text format of Prometheus; needs a key for all connections',
      responses: { 200: text('Metrics'), ...refusals(400, 401, 403, 429) },
    },
  },
};

function json(schema: keyof typeof schemas, description: string) {
  return { description, content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } } };
}

function text(description: string) {
  return { description, content: { 'text/plain': { schema: { type: 'string' } } } };
}

function refusals(...codes: number[]) {
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return Object.fromEntries(codes.map((code) => [code, { description: reasons[code] ?? '', content }]));
}
