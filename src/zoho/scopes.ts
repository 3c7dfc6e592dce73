/** Whether this can be the name of a scope: `ZohoCRM.modules.ALL`. */
export function isScope(text: string): boolean {
  return /^[\w.-]{1,200}$/.test(text);
}

/** Scopes as people type them, separated by commas, each once. Null when there is none, or one that can be no scope. */
export function parseScopes(text: string): string[] | null {
  const scopes = text
    .split(',')
    .map((scope) => scope.trim())
    .filter(Boolean);
  return scopes.length > 0 && scopes.every(isScope) ? [...new Set(scopes)] : null;
}

export const scopesRule = 'Separate scopes by commas, for example ZohoCRM.modules.ALL,AaaServer.profile.Read.';
