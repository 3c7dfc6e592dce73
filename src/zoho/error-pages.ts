/** What a page of Zoho's is about, and so what of ours to lay beside it. */
export type Subject = 'redirect_uri' | 'client' | 'scopes' | 'consents' | 'data_center' | 'return' | 'other';

/** A page on which a connect ends at Zoho, with no way back to the Keeper. */
export interface ErrorPage {
  /** As Zoho writes it, or what is to be seen where Zoho writes nothing. */
  readonly title: string;
  /** Zoho's own sentence below it, as far as it has been seen. */
  readonly says: string | null;
  readonly cause: string;
  readonly cure: string;
  readonly subject: Subject;
}

/** Titles and sentences: docs/zoho.md, "Authorization request". Shown on /flows/:id and in docs/troubleshooting.md. */
export const errorPages: readonly ErrorPage[] = [
  {
    title: 'Invalid Redirect Uri',
    says: 'Redirect URI passed does not match with the one configured',
    cause:
      'The redirect URI is not registered for this client, or differs from the registered one by a final slash, http or https, the port, or localhost for 127.0.0.1.',
    cure: 'Copy the redirect URI from here into the client’s Authorized Redirect URIs, save, and wait half a minute before you connect again.',
    subject: 'redirect_uri',
  },
  {
    title: 'Invalid Client',
    says: 'The transmitted client ID does not exist',
    cause:
      'The client ID is mistyped or deleted, or the client is not enabled at the data centre where consent was asked.',
    cure: 'Compare the client ID with the one in the API console. Then open the client there, Settings, and switch on the data centre of the account.',
    subject: 'client',
  },
  {
    title: 'Invalid OAuth Scope',
    says: 'Scope does not exist',
    cause: 'One scope is mistyped, or of a product that the organisation does not use: one such scope spoils them all.',
    cure: 'Connect again with the scopes corrected. If all look right, leave half of them out, and then the other half, until the one is found.',
    subject: 'scopes',
  },
  {
    title: 'Access Denied',
    says: 'You have made too many requests continuously. Please try again after some time.',
    cause: 'This client has had more consents than Zoho allows: ten in ten minutes, of all programs that use it.',
    cure: 'Wait ten minutes, then connect again, once.',
    subject: 'consents',
  },
  {
    title: 'The app is not available in your region',
    says: null,
    cause: 'The account lives at a data centre that is not switched on for this client.',
    cure: 'Open the client in the API console, Settings, and switch on the data centre of the account.',
    subject: 'data_center',
  },
  {
    title: 'Invalid response type',
    says: null,
    cause: 'The address lost its parameters on the way: the client ID or the response type is missing.',
    cure: 'Start again with Connect Zoho instead of a copied address. If it happens again, look whether the client ID is set up.',
    subject: 'client',
  },
  {
    title: 'An error occurred',
    says: null,
    cause: 'Zoho has a problem of its own, or took the request for a wrong one (HTTP 400 or 500).',
    cure: 'Connect again in a few minutes.',
    subject: 'other',
  },
  {
    title: 'The sign-in page, again and again',
    says: null,
    cause: 'The browser has no session at Zoho, or Zoho’s cookies are blocked there.',
    cure: 'Sign in at Zoho in another tab, or allow its cookies, then connect again.',
    subject: 'other',
  },
  {
    title: 'This site can’t be reached, or a blank page',
    says: null,
    cause:
      'You accepted, and Zoho sent the browser to the redirect URI, where this browser does not reach the Keeper: another computer’s localhost, a port that is not forwarded, or http in place of https.',
    cure: 'Set BASE_URL to the address at which your browser opens the Keeper, and register the redirect URI that the setup page shows then.',
    subject: 'return',
  },
];
