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
  400: 'invalid_request: a parameter, or a key in the address; unclear_host: no Host header, or more than one',
  401: 'unauthorized: no valid API key',
  403: 'forbidden: the key does not allow that',
  404: 'not_found: no such connection, or the key does not open it',
  405: 'method_not_allowed: for other methods of this address than Allow says',
  409: 'needs_reconnect: a person has to connect again',
  413: 'too_large: the body has more than 100 MB',
  421: 'unknown_host: the Keeper does not answer to this host name',
  429: 'throttled or too_many_failures: wait Retry-After seconds',
  500: 'internal_error: a fault of the Keeper’s own',
  502: 'setup_problem: the set-up at Zoho has to be corrected; zoho_unavailable: no connection to a product',
  503: 'zoho_unavailable, storage_unavailable: wait Retry-After seconds',
  504: 'zoho_unavailable: a product did not answer in time',
};

const retryAfter = { 'Retry-After': header('Seconds; where waiting helps', 'integer') };
/** The headers that come with a refusal beside those of every answer. */
const headersOf: Readonly<Record<number, object>> = {
  401: { 'WWW-Authenticate': header('Bearer, with error="invalid_token" when a key was sent', 'string') },
  405: { Allow: header('The methods that this address takes', 'string') },
  409: retryAfter,
  429: retryAfter,
  502: retryAfter,
  503: retryAfter,
};

const onItsOwn = { security: [] };
/** What every call with a key can be answered with. */
const withKey = [400, 401, 405, 421, 429, 500, 503];
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
        ...refusals(...withKey, 404, 409, 413, 502, 504),
      },
    },
  ]),
);

const paths = {
  '/api/v1/connections': {
    get: {
      summary: 'The connections that the key opens, by name',
      parameters: [limit, after],
      responses: { 200: json('Connections', 'A page of them'), ...refusals(...withKey) },
    },
  },
  '/api/v1/connections/{name}': {
    get: {
      summary: 'One connection',
      parameters: [name],
      responses: { 200: json('Connection', 'The connection'), ...refusals(...withKey, 404) },
    },
  },
  '/api/v1/connections/{name}/token': {
    get: {
      summary: 'A valid access token, refreshed if need be',
      parameters: [name, minTtl],
      responses: {
        200: token('The token'),
        ...refusals(...withKey, 404, 409, 502),
      },
    },
  },
  '/api/v1/connections/{name}/refresh': {
    post: {
      summary: 'A new access token from Zoho, within the budget; needs the right to refresh',
      parameters: [name],
      responses: { 200: token('The new token'), ...refusals(...withKey, 403, 404, 409, 502) },
    },
  },
  '/api/v1/connections/{name}/proxy/{path}': proxied,
  '/api/v1/openapi.json': {
    get: {
      summary: 'This description',
      ...onItsOwn,
      responses: { 200: { description: 'OpenAPI 3.1' }, ...refusals(400, 405, 421) },
    },
  },
  '/healthz': {
    get: { summary: 'Whether the process runs', ...onItsOwn, responses: { 200: text('ok'), ...refusals(405) } },
  },
  '/readyz': {
    get: {
      summary: 'Whether the database can be written',
      ...onItsOwn,
      responses: { 200: text('ready'), 503: text('not ready'), ...refusals(405) },
    },
  },
  '/metrics': {
    get: {
      summary: 'Counts in the text format of Prometheus; needs a key for all connections',
      responses: { 200: text('Metrics'), ...refusals(...withKey, 403) },
    },
  },
};

function json(schema: keyof typeof schemas, description: string) {
  return { description, content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } } };
}

/** As JSON, or nothing but the token. */
function token(description: string) {
  const { content } = json('Token', '');
  return {
    ...text(`${description}; with Accept: text/plain nothing else`),
    content: { ...content, ...text('').content },
  };
}

function text(description: string) {
  return { description, content: { 'text/plain': { schema: { type: 'string' } } } };
}

function refusals(...codes: number[]) {
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return Object.fromEntries(
    codes.map((code) => {
      const headers = headersOf[code];
      return [code, { description: reasons[code] ?? '', content, ...(headers && { headers }) }];
    }),
  );
}

function header(description: string, type: 'integer' | 'string') {
  return { description, schema: { type } };
}
