/** What requests are for. `other_grant` is the token endpoint with neither a code nor a refresh token, and the one for more scopes. */
const endpoints = [
  'exchange',
  'refresh',
  'other_grant',
  'revoke',
  'introspect',
  'userinfo',
  'api',
  'device',
  'discovery',
  'authorize',
] as const;
export type Endpoint = (typeof endpoints)[number];

/** `token` means the whole token endpoint, `any` every endpoint that programs (not people) call. */
export const endpointGroups = [...endpoints, 'token', 'any'] as const;
export type EndpointGroup = (typeof endpointGroups)[number];

export function covers(group: EndpointGroup, endpoint: Endpoint): boolean {
  if (group === 'any') return endpoint !== 'authorize';
  if (group === 'token') return ['exchange', 'refresh', 'other_grant'].includes(endpoint);
  return group === endpoint;
}
