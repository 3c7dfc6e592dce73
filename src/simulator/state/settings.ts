/** What Zoho's own pages leave open or contradict each other about, and what tests want to turn. Change at any time. */
export interface Settings {
  /** Seconds that a grant code lives. Zoho's pages say 60, 120 or 180. */
  codeLife: number;
  /** `expires_in` of new access tokens, in seconds. */
  accessTokenLife: number;
  /** HTTP status of "Access Denied" (too many requests). Captures show 400, Zoho's article says 200. */
  throttleStatus: 200 | 400;
  /** Language of the sentence that comes with "Access Denied". */
  throttleLanguage: ThrottleLanguage;
  /** Token requests per refresh token within `windowSeconds`. */
  refreshesPerWindow: number;
  /** Grant codes per client within `windowSeconds`. */
  codesPerWindow: number;
  windowSeconds: number;
  /** Living access tokens per refresh token; one more kills the oldest. */
  livingAccessTokens: number;
  /** Living refresh tokens per user and client; one more silently kills the oldest, with its access tokens. */
  livingRefreshTokens: number;
  /** Whether token replies name the scopes. */
  scopeInReply: boolean;
  /** Whether `.ALL` comes back as READ CREATE UPDATE DELETE in token replies. */
  expandAll: boolean;
  /** The lone `&` at the end of the callback URL. */
  trailingAmpersand: boolean;
  /** Whether a refusal's redirect names `location` and `accounts-server` too. */
  refusalCarriesLocation: boolean;
  /** The reply form before December 2019: `expires_in_sec` in seconds, `expires_in` in milliseconds. */
  expiresInSec: boolean;
  pkce: 'check' | 'ignore';
  /** Status when a token that was revoked before is revoked again. */
  revokeAgainStatus: 200 | 400;
  /** Answers every refresh with a new refresh token; the old one stays valid for a minute. Zoho does not do this. */
  rotateRefreshTokens: boolean;
  apiDomainInReply: boolean;
  /** Named as `api_domain` in place of the data centre's own URL. */
  apiDomain: string | undefined;
  /** Unit of `interval` and `expires_in` in replies to device code requests; Zoho documents milliseconds. */
  deviceUnit: 'milliseconds' | 'seconds';
  /** Whether a scope outside the catalogue passes by its shape: a known service other than CRM, and an operation. */
  scopesByShape: boolean;
  /** Scopes that are known besides the catalogue's. */
  scopes: readonly string[];
  /** How a code or token is refused at a data centre that is not its own; both are reported. */
  wrongDataCenter: 'invalid_client' | 'invalid_code';
  /** Whether CRM takes `Bearer`, which it does not document. */
  bearerAtCrm: boolean;
  /** Whether each browser signs in for itself, and is led to the sign-in page (302) before. */
  browserSessions: boolean;
}

export type ThrottleLanguage = 'en' | 'zh' | 'de' | 'fr' | 'es' | 'ja';

export function defaultSettings(): Settings {
  return {
    codeLife: 60,
    accessTokenLife: 3600,
    throttleStatus: 400,
    throttleLanguage: 'en',
    refreshesPerWindow: 10,
    codesPerWindow: 10,
    windowSeconds: 600,
    livingAccessTokens: 15,
    livingRefreshTokens: 20,
    scopeInReply: true,
    expandAll: false,
    trailingAmpersand: true,
    refusalCarriesLocation: false,
    expiresInSec: false,
    pkce: 'check',
    revokeAgainStatus: 400,
    rotateRefreshTokens: false,
    apiDomainInReply: true,
    apiDomain: undefined,
    deviceUnit: 'milliseconds',
    scopesByShape: true,
    scopes: [],
    wrongDataCenter: 'invalid_client',
    bearerAtCrm: false,
    browserSessions: false,
  };
}
