import type { Fields } from '../http/received';

/** The form of a new Server-based Application as it was filled in, with the console's own complaints. */
export interface Registration {
  name: string;
  homepage: string;
  /** One per line. */
  redirectUris: string;
  problems: { name?: string; homepage?: string; redirectUris?: string };
}

export function readRegistration({
  name = '',
  homepage = '',
  redirect_uris: uris = '',
}: Partial<Fields>): Registration {
  const lines = uris.split(/\s+/).filter((line) => line !== '');
  const validName = /^[\p{L}\p{N} _&]+$/u.test(name);
  const validUris = lines.length > 0 && lines.every(isWebUrl);
  return {
    name,
    homepage,
    redirectUris: lines.join('\n'),
    problems: {
      ...(validName ? {} : { name: 'Enter a valid client name' }),
      ...(isWebUrl(homepage) ? {} : { homepage: 'Enter a valid homepage URL' }),
      ...(validUris ? {} : { redirectUris: 'Enter a valid redirect URI' }),
    },
  };
}

function isWebUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}
