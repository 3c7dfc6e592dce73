import type { Explanation } from './errors';

/** What failures mean at a connect, where most want another consent: a part of zoho/messages. */
export const connectMessages: Readonly<Record<string, Omit<Explanation, 'code'>>> = {
  invalid_code: {
    kind: 'reconnect',
    sentence:
      'Zoho refused the grant code: it was used already, is older than a minute, or belongs to another data centre.',
    next: 'Connect again.',
  },
  declined: {
    kind: 'reconnect',
    sentence: 'You declined at Zoho, so nothing was connected.',
    next: 'Connect again whenever you like. If you did accept, the client has had too many consents: Zoho allows ten in ten minutes and says the same then.',
  },
  too_many_consents: {
    kind: 'wait',
    sentence:
      'Zoho gave no grant code, most likely because this client has had ten consents in ten minutes, which is all that Zoho allows.',
    next: 'Otherwise: You declined at Zoho, and can connect again whenever you like.',
  },
  refused: {
    kind: 'reconnect',
    sentence: 'Zoho ended the consent with an error, so nothing was connected.',
    next: 'Check scopes and client, then connect again.',
  },
  no_refresh_token: {
    kind: 'reconnect',
    sentence:
      'Zoho gave an access token but no refresh token, so the connection could not be kept alive. Nothing was stored or replaced.',
    next: 'Connect again and accept at Zoho. If it happens again, remove the app at Zoho (My Account, Sessions, Connected Apps) first, which also ends the tokens that were stored before.',
  },
  timed_out: {
    kind: 'reconnect',
    sentence: 'Zoho did not answer in time, and a grant code can be used only once.',
    next: 'Connect again. What was stored before is unchanged.',
  },
  connection_lost: {
    kind: 'reconnect',
    sentence: 'The connection to Zoho broke off, and a grant code can be used only once.',
    next: 'Connect again. What was stored before is unchanged.',
  },
  unexpected_answer: {
    kind: 'reconnect',
    sentence: 'Zoho’s answer to the grant code was not understood, so it was not used.',
    next: 'Connect again. What was stored before is unchanged.',
  },
  unknown_data_center: {
    kind: 'reconnect',
    sentence: 'The answer named a data centre that is not Zoho’s, so nothing was sent there.',
    next: 'Connect again. If it happens again, the link was tampered with or Zoho has a new data centre.',
  },
  malformed_callback: {
    kind: 'reconnect',
    sentence: 'The answer from the consent page was incomplete.',
    next: 'Connect again.',
  },
  expired: {
    kind: 'reconnect',
    sentence: 'The consent page was open for more than ten minutes, so this attempt to connect has ended.',
    next: 'Connect again.',
  },
  interrupted: {
    kind: 'reconnect',
    sentence: 'The Keeper was stopped while it exchanged the grant code, and Zoho does not take a code twice.',
    next: 'Connect again.',
  },
  spent: {
    kind: 'reconnect',
    sentence: 'This answer from Zoho was used before, and what it connected has been disconnected since.',
    next: 'Press Connect Zoho to connect anew.',
  },
  not_stored: {
    kind: 'reconnect',
    sentence: 'The tokens from Zoho could not be made a connection, so they are being revoked.',
    next: 'Look at the log of the Keeper, then connect again.',
  },
  kept: {
    kind: 'reconnect',
    sentence: 'The connection stays as it was. What was granted at Zoho last is being revoked.',
    next: 'Reconnect to choose another environment or organisation at Zoho.',
  },
  not_confirmed: {
    kind: 'reconnect',
    sentence: 'The change was not confirmed within ten minutes, so the connection stays as it was.',
    next: 'Reconnect if you want it, and confirm it then.',
  },
  superseded: {
    kind: 'reconnect',
    sentence: 'This reconnect was not confirmed before another one, or Disconnect, took its place.',
    next: 'Reconnect if you want what it would have changed.',
  },
  link_closed: {
    kind: 'reconnect',
    sentence: 'The link was used by somebody else or revoked meanwhile, so nothing was connected.',
    next: 'Make another link.',
  },
  user_unclear: {
    kind: 'reconnect',
    sentence: 'Zoho did not say who consented, so the stored connection was left as it was.',
    next: 'Reconnect in a moment: it must be the same user as before.',
  },
  throttled: {
    kind: 'wait',
    sentence: 'Zoho has had too many token requests and refused this grant code (Access Denied).',
    next: 'Wait ten minutes, then connect again. What was stored before is unchanged.',
  },
  general_error: {
    kind: 'reconnect',
    sentence: 'Zoho reported an internal error (general_error), and a grant code can be used only once.',
    next: 'Connect again in a moment. What was stored before is unchanged.',
  },
  zoho_unavailable: {
    kind: 'reconnect',
    sentence: 'Zoho is having problems at the moment, and a grant code can be used only once.',
    next: 'Connect again in a moment. What was stored before is unchanged.',
  },
  different_user: {
    kind: 'reconnect',
    sentence: 'Somebody else than before consented at Zoho, so the stored connection was left as it was.',
    next: 'Sign in at Zoho as the same user and reconnect, or connect this user under another name.',
  },
  device_declined: {
    kind: 'reconnect',
    sentence: 'The person who typed the code declined at Zoho, so nothing was connected.',
    next: 'Start again for another code.',
  },
  device_expired: {
    kind: 'reconnect',
    sentence: 'Nobody typed the code and accepted at Zoho before its time was over.',
    next: 'Start again for another code.',
  },
  device_code_refused: {
    kind: 'reconnect',
    sentence: 'Zoho does not know the device code any more: it is too old, or its tokens were lost on the way.',
    next: 'Start again for another code.',
  },
  not_for_devices: {
    kind: 'fix_setup',
    sentence:
      'Zoho gives this client no code for devices (invalid_client): most likely it is not of the type Non-browser Application.',
    next: 'Register one of that type in the API console (its ID begins with 1004.), add it here and choose it; check that its data centre is the right one.',
  },
  cancelled: {
    kind: 'reconnect',
    sentence: 'It was cancelled here before anybody accepted at Zoho.',
    next: 'Start again for another code.',
  },
};
