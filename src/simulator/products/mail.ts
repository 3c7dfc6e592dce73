import { json, type Answer } from '../http/answer';
import { bearer } from '../http/bearer';
import type { Received } from '../http/received';
import type { World } from '../state/world';
import type { Refusals } from './refusals';

export const mailRefusals: Refusals = {
  no_token: failure('INVALID_TICKET', 'Invalid ticket', 400),
  dead_token: failure('INVALID_OAUTHTOKEN', 'Invalid OAuth token', 401),
  scope_missing: failure('INVALID_OAUTHSCOPE', 'The scope does not allow this', 401),
};

/** `/api/accounts` */
export function answerMail(world: World, received: Received): Answer {
  const token = bearer(world, received, ['zoho-oauthtoken'], ['ZohoMail.accounts.READ']);
  if (typeof token === 'string') return mailRefusals[token];
  const user = world.users.get(token.zuid);
  const account = {
    accountId: `${user.zuid}8`,
    accountName: user.displayName,
    accountDisplayName: user.displayName,
    mailboxAddress: user.email,
    primaryEmailAddress: user.email,
    zuid: user.zuid,
    zoid: Number(user.orgId),
    type: 'ZOHO_ACCOUNT',
    enabled: true,
  };
  return json({ status: { code: 200, description: 'success' }, data: [account] });
}

function failure(errorCode: string, moreInfo: string, status: number): Answer {
  return json({ data: { errorCode, moreInfo }, status: { code: status, description: 'Invalid Input' } }, status);
}
