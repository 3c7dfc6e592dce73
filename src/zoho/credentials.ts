export interface Credentials {
  readonly clientId: string;
  readonly secret: string;
}

export function isClientId(text: string): boolean {
  return /^[\w.-]{1,200}$/.test(text);
}

const quotes = /^["'`“”„‘’‚«»‹›]|["'`“”„‘’‚«»‹›]$/;

/** Why this cannot be a client secret, as words that follow a subject and never repeat it; null when it can. */
export function clientSecretProblem(text: string): string | null {
  if (quotes.test(text)) return 'is in quotes, or begins or ends with one';
  if (/\s/.test(text)) return 'has a space or a line break inside';
  if (/^(zoho_)?client[_-]?secret/i.test(text)) return 'begins with its name, which is no part of it';
  if (/^\d{4}\.[A-Z\d]{20,}$/.test(text)) return 'is a client ID';
  if (/[*•…]/.test(text)) return 'is hidden behind dots or asterisks';
  if (/[^\x20-\x7e]/.test(text))
    return 'has a character that is no plain letter, digit or sign, perhaps one that cannot be seen';
  if (!/^[\w.~+/-]+=*$/.test(text)) return 'has a sign that no client secret has';
  return text.length > 200 ? 'is too long' : null;
}
