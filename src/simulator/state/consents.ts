/** What each person has agreed to, per client. */
export interface Consents {
  covers(zuid: number, clientId: string, scopes: readonly string[]): boolean;
  add(zuid: number, clientId: string, scopes: readonly string[]): void;
  /** Clients that this person has agreed to, with the scopes. */
  of(zuid: number): { clientId: string; scopes: string[] }[];
  remove(zuid: number, clientId: string): void;
  removeClient(clientId: string): void;
}

export function createConsents(): Consents {
  const byUser = new Map<number, Map<string, Set<string>>>();

  return {
    covers(zuid, clientId, scopes) {
      const agreed = byUser.get(zuid)?.get(clientId);
      return agreed !== undefined && scopes.every((scope) => agreed.has(scope));
    },
    add(zuid, clientId, scopes) {
      const clients = byUser.get(zuid) ?? new Map<string, Set<string>>();
      byUser.set(zuid, clients.set(clientId, new Set([...(clients.get(clientId) ?? []), ...scopes])));
    },
    of: (zuid) => [...(byUser.get(zuid) ?? [])].map(([clientId, scopes]) => ({ clientId, scopes: [...scopes] })),
    remove(zuid, clientId) {
      byUser.get(zuid)?.delete(clientId);
    },
    removeClient(clientId) {
      for (const clients of byUser.values()) clients.delete(clientId);
    },
  };
}
