/** What each person has agreed to, per client. */
export interface Consents {
  covers(zuid: number, clientId: string, scopes: readonly string[]): boolean;
  add(zuid: number, clientId: string, scopes: readonly string[]): void;
  save(): readonly SavedConsent[];
  load(saved: readonly SavedConsent[]): void;
  /** Clients that this person has agreed to, with the scopes. */
  of(zuid: number): { clientId: string; scopes: string[] }[];
  remove(zuid: number, clientId: string): void;
  removeClient(clientId: string): void;
}

export interface SavedConsent {
  readonly zuid: number;
  readonly clientId: string;
  readonly scopes: readonly string[];
}

export function createConsents(): Consents {
  const byUser = new Map<number, Map<string, Set<string>>>();

  function add(zuid: number, clientId: string, scopes: readonly string[]): void {
    const clients = byUser.get(zuid) ?? new Map<string, Set<string>>();
    byUser.set(zuid, clients.set(clientId, new Set([...(clients.get(clientId) ?? []), ...scopes])));
  }

  return {
    covers(zuid, clientId, scopes) {
      const agreed = byUser.get(zuid)?.get(clientId);
      return agreed !== undefined && scopes.every((scope) => agreed.has(scope));
    },
    add,
    of: (zuid) => [...(byUser.get(zuid) ?? [])].map(([clientId, scopes]) => ({ clientId, scopes: [...scopes] })),
    save: () =>
      [...byUser].flatMap(([zuid, clients]) =>
        [...clients].map(([clientId, scopes]) => ({ zuid, clientId, scopes: [...scopes] })),
      ),
    load(saved) {
      byUser.clear();
      for (const { zuid, clientId, scopes } of saved) add(zuid, clientId, scopes);
    },
    remove(zuid, clientId) {
      byUser.get(zuid)?.delete(clientId);
    },
    removeClient(clientId) {
      for (const clients of byUser.values()) clients.delete(clientId);
    },
  };
}
