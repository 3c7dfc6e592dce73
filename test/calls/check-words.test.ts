import { explainCheck } from '../../src/calls/check-words';
import { findProduct } from '../../src/zoho/products';
import { maybeAboutToken, verdictOf } from '../../src/zoho/token-verdict';

// Each product has its own words: docs/zoho.md, "Calling product APIs".

const dead = 'does not accept the access token';
const scope = 'its scopes do not allow this call';
const crmSays = (code: string, message = '') => ({ code, details: {}, message, status: 'error' });
const mailSays = (errorCode: string) => ({ data: { errorCode }, status: { code: 404, description: 'Invalid Input' } });
const projectsSays = (title: string) => ({ error: { status_code: '401', title, details: [{ message: '…' }] } });

it.each<[product: string, status: number, body: unknown, words: string]>([
  ['crm', 401, crmSays('INVALID_TOKEN', 'invalid oauth token'), dead],
  ['crm', 401, crmSays('AUTHENTICATION_FAILURE'), dead],
  ['crm', 401, crmSays('OAUTH_SCOPE_MISMATCH', 'invalid oauth scope to access this URL'), scope],
  ['crm', 403, { ...crmSays('NO_PERMISSION'), details: { permissions: ['Crm_Implied_Api_Access'] } }, 'a permission'],
  ['crm', 429, crmSays('TOO_MANY_REQUESTS'), 'has had too many calls'],
  ['bigin', 401, crmSays('INVALID_TOKEN'), dead],
  ['recruit', 401, crmSays('INVALID_TOKEN'), dead],
  ['books', 401, { code: 57, message: 'You are not authorized to perform this operation' }, dead],
  ['inventory', 401, { code: 57, message: 'You are not authorized to perform this operation' }, dead],
  ['desk', 401, { errorCode: 'INVALID_OAUTH', message: 'The OAuth Token you provided is invalid.' }, dead],
  ['desk', 401, { errorCode: 'SCOPE_MISMATCH', message: '…' }, scope],
  ['desk', 403, { errorCode: 'OAUTH_ORG_MISMATCH', message: '…' }, 'not with what was asked for'],
  ['mail', 401, mailSays('INVALID_OAUTHTOKEN'), dead],
  ['mail', 400, mailSays('INVALID_OAUTHTOKEN'), dead],
  ['mail', 401, mailSays('INVALID_OAUTHSCOPE'), scope],
  ['projects', 401, projectsSays('INVALID_OAUTHTOKEN'), dead],
  ['projects', 401, projectsSays('INVALID_OAUTHSCOPE'), scope],
  ['people', 401, { response: { status: 1, errors: { code: 7213, message: '…' } } }, dead],
  ['creator', 401, { code: 1030, description: 'Authorization Failure' }, dead],
  ['creator', 401, { code: 2945, description: 'INVALID_OAUTHTOKEN' }, dead],
  ['analytics', 401, { status: 'failure', data: { errorCode: 8535, errorMessage: 'INVALID_OAUTHTOKEN' } }, dead],
  ['analytics', 401, { status: 'failure', data: { errorCode: 8540, errorMessage: 'INVALID_OAUTHSCOPE' } }, scope],
  ['sign', 401, { code: 9041, status: 'failure', message: '…' }, dead],
  ['workdrive', 401, { errors: [{ id: 'F7003', title: 'Invalid OAuth token.' }] }, dead],
  ['workdrive', 500, { errors: [{ id: 'F7004', title: 'Invalid OAuth scope.' }] }, scope],
  ['cliq', 401, { code: 'oauthtoken_invalid', message: '…' }, dead],
  ['salesiq', 401, { error: { code: 1008, message: 'Invalid OAuthToken' } }, dead],
  ['social', 401, { error: { code: 401, message: 'INVALID_OAUTHTOKEN' } }, dead],
  ['social', 401, { error: { code: 401, message: 'INVALID_OAUTHSCOPE' } }, scope],
  ['sprints', 401, { code: 7601, message: 'Invalid oauthscope' }, scope],
  ['profile', 401, { response: 'error', cause: 'INVALID_OAUTHTOKEN' }, dead],
  ['profile', 401, { response: 'error', cause: 'INVALID_OAUTHSCOPE' }, scope],
])('%s with %i and %j is explained', (code, status, body, words) => {
  const text = JSON.stringify(body);
  const verdict = maybeAboutToken(status) ? verdictOf(Buffer.from(text), undefined) : 'fine';
  const product = findProduct(code) ?? findProduct('crm');
  if (!product) throw new Error(`there is no product ${code}`);
  const check = { product, path: null, missing: [] };
  const { sentence, next } = explainCheck({ check, answer: { status, verdict, text } });
  expect(`${sentence} ${next}`).toContain(words);
});
