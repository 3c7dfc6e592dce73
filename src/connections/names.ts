/** A connection's name as programs write it into URLs. */
export function isConnectionName(name: string): boolean {
  return /^[a-z0-9._-]{1,64}$/.test(name) && !/^\.+$/.test(name);
}

export const nameRule = 'Use 1 to 64 of a-z 0-9 . _ - (for example crm-sales).';

/** Scopes as typed, separated by commas. Null when one has a space or a sign inside that no scope has. */
export function parseScopes(text: string): string[] | null {
  const scopes = text
    .split(',')
    .map((scope) => scope.trim())
    .filter(Boolean);
  if (scopes.length === 0 || scopes.some((scope) => !/^[\w.-]{1,200}$/.test(scope))) return null;
  return [...new Set(scopes)];
}

export const scopesRule = 'Separate scopes by commas, for example ZohoCRM.modules.ALL,AaaServer.profile.Read.';
