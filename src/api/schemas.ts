import { longestMinTtl } from '../tokens/serve';
import { statuses } from '../connections/status';
import { dataCenterCodes } from '../zoho/data-centers';

// Keeper of the OpenAPI description. A test holds real answers against them.

const time = { type: 'string', format: 'date-time', description: 'ISO 8601, UTC' };
const timeOrNull = { ...time, type: ['string', 'null'] };
const textOrNull = { type: ['string', 'null'] };
const seconds = { type: 'integer', minimum: 0, description: 'Seconds' };
const scopes = { type: 'array', items: { type: 'string' } };

/** An object whose members are all there. */
function object(properties: Readonly<Record<string, object>>, description?: string) {
  return { type: 'object', required: Object.keys(properties), properties, ...(description && { description }) };
}

const connection = object({
  name: { type: 'string', pattern: '^[a-z0-9._-]{1,64}$' },
  status: { type: 'string', enum: statuses },
  data_center: { type: 'string', enum: dataCenterCodes },
  api_domain: { type: 'string', format: 'uri', description: 'Where calls with the token go' },
  scopes,
  expires_at: { ...timeOrNull, description: 'End of the stored access token; null when there is none' },
  refreshed_at: timeOrNull,
  connected_at: time,
  user: object({ zuid: textOrNull, name: textOrNull, email: textOrNull }, 'Who consented, as far as the scopes tell'),
  organisation: textOrNull,
  problem: {
    ...object({ code: { type: 'string' }, detail: { type: 'string' } }, 'Why the last refresh failed'),
    type: ['object', 'null'],
  },
  budget: object(
    { used: { type: 'integer', minimum: 0 }, limit: { type: 'integer', minimum: 1 }, next_at: timeOrNull },
    'Refreshes for programs in ten minutes; next_at is null when one is possible now',
  ),
});

const connections = object({
  connections: { type: 'array', items: { $ref: '#/components/schemas/Connection' } },
  next: { ...textOrNull, description: 'Ask on with after=<next>; null on the last page' },
});

const token = object({
  access_token: { type: 'string' },
  token_type: { type: 'string', const: 'Bearer', description: 'As Zoho says; “Zoho-oauthtoken” works everywhere' },
  expires_at: time,
  expires_in: seconds,
  api_domain: { type: 'string', format: 'uri' },
  scopes,
  connection: { type: 'string' },
});

const problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail', 'request_id'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable, for programs' },
    detail: { type: 'string', description: 'What happened and the next step, for people' },
    request_id: { type: 'string' },
    retry_after: { ...seconds, description: 'Seconds after which another try makes sense' },
    expires_in: { ...seconds, description: 'What the stored token still lives; 0 when there is none' },
  },
};

export const schemas = { Connection: connection, Connections: connections, Token: token, Problem: problem };

export const parameters = {
  name: { name: 'name', in: 'path', required: true, schema: { type: 'string', pattern: '^[a-z0-9._-]{1,64}$' } },
  path: { name: 'path', in: 'path', required: true, description: 'At Zoho', schema: { type: 'string' } },
  minTtl: {
    name: 'min_ttl',
    in: 'query',
    description:
      'Seconds that the token must still live. Without it about 60, or what there is while Zoho cannot be asked.',
    schema: { type: 'integer', minimum: 0, maximum: longestMinTtl },
  },
  limit: { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 200, default: 100 } },
  after: { name: 'after', in: 'query', description: 'next of the page before', schema: { type: 'string' } },
};
