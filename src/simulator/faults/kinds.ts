/**
 * Every fault the simulator can do, and whether the request is still processed (state changed) by it:
 * `choice` – not processed, unless the fault is injected with `processed: true`;
 * `always` – the good answer is made first and then spoilt or delayed.
 */
export const faultTable = {
  reset_at_connect: 'choice',
  reset_mid_body: 'choice',
  hang_before_headers: 'choice',
  hang_after_headers: 'choice',
  content_length_too_long: 'choice',
  chunked_cut: 'choice',
  drip: 'always',
  slow: 'always',
  empty_200: 'choice',
  html_200: 'choice',
  truncated_json: 'choice',
  json_null: 'choice',
  json_array: 'choice',
  json_number: 'choice',
  bom: 'always',
  bad_utf8: 'always',
  invalid_code: 'choice',
  invalid_client: 'choice',
  invalid_client_secret: 'choice',
  general_error: 'choice',
  access_denied: 'choice',
  json_400: 'choice',
  json_401: 'choice',
  too_many_requests: 'choice',
  too_many_requests_retry_5: 'choice',
  too_many_requests_retry_date: 'choice',
  too_many_requests_retry_negative: 'choice',
  too_many_requests_retry_huge: 'choice',
  too_many_requests_retry_text: 'choice',
  json_500: 'choice',
  html_500: 'choice',
  json_502: 'choice',
  html_502: 'choice',
  json_503: 'choice',
  html_503: 'choice',
  json_504: 'choice',
  html_504: 'choice',
  redirect_301: 'choice',
  redirect_302: 'choice',
  redirect_307: 'choice',
  redirect_308: 'choice',
  huge_body: 'choice',
  gzip_bomb: 'choice',
  no_expires_in: 'always',
  expires_in_string: 'always',
  expires_in_zero: 'always',
  expires_in_negative: 'always',
  expires_in_huge: 'always',
  null_members: 'always',
  empty_members: 'always',
  no_access_token: 'always',
  no_refresh_token: 'always',
  fewer_scopes: 'always',
  access_token_crlf: 'always',
  access_token_10kb: 'always',
  proto_keys: 'always',
  hostile_api_domain: 'always',
  /** Ends a process with SIGKILL at a moment of the request; needs `pid` and `moment`. */
  kill: 'choice',
  /** At the endpoints of Accounts: any other word of theirs, named by `error`. */
  error: 'choice',
  /** At product APIs and /oauth/user/info, in the product's own words. */
  no_token: 'choice',
  dead_token: 'choice',
  scope_missing: 'choice',
} as const satisfies Record<string, 'choice' | 'always'>;

export type FaultKind = keyof typeof faultTable;

export function isFaultKind(value: unknown): value is FaultKind {
  return typeof value === 'string' && Object.hasOwn(faultTable, value);
}

const refusalKinds = ['no_token', 'dead_token', 'scope_missing'] as const;

export function isRefusalKind(kind: FaultKind): kind is (typeof refusalKinds)[number] {
  return refusalKinds.some((one) => one === kind);
}

export type SimpleFaultKind = Exclude<FaultKind, 'kill' | 'error' | (typeof refusalKinds)[number]>;

/** Those that need no more than an endpoint, and strike at each. For tests that loop. */
export const faultKinds: readonly SimpleFaultKind[] = Object.keys(faultTable)
  .filter(isFaultKind)
  .filter((kind) => kind !== 'kill' && kind !== 'error')
  .filter((kind) => !isRefusalKind(kind));
