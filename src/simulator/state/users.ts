import type { DataCenterCode, Environment } from '../../zoho/data-centers';

export interface Organisation {
  readonly organisation: string;
  readonly orgId: string;
  /** Default production. */
  readonly environment?: Environment | undefined;
}

/** A person with a Zoho account. The data centre is fixed at sign-up. */
export interface SimulatedUser {
  readonly zuid: number;
  readonly email: string;
  readonly firstName: string;
  /** May be empty, as at Zoho. */
  readonly lastName: string;
  readonly displayName: string;
  readonly dataCenter: DataCenterCode;
  readonly organisation: string;
  readonly orgId: string;
  /** Others that they belong to: where there are some, consent to CRM is for one, which they choose. */
  readonly otherOrganisations?: readonly Organisation[] | undefined;
  readonly country?: string | undefined;
  readonly currency?: string | undefined;
  readonly timeZone?: string | undefined;
}

export interface Users {
  all(): readonly SimulatedUser[];
  /** Throws when nobody has that ZUID. */
  get(zuid: number): SimulatedUser;
  add(user: SimulatedUser): void;
  signIn(zuid: number): void;
  /** Who is signed in where nobody says otherwise. Throws when there is no user at all. */
  signedIn(): SimulatedUser;
  /** In the place of all that were there. */
  load(users: readonly SimulatedUser[], signedIn: number | undefined): void;
}

export function createUsers(initial: readonly SimulatedUser[]): Users {
  const byZuid = new Map(initial.map((user) => [user.zuid, user]));
  let signedInZuid = initial[0]?.zuid;

  function get(zuid: number): SimulatedUser {
    const user = byZuid.get(zuid);
    if (user === undefined) throw new Error(`no user has the ZUID ${zuid}`);
    return user;
  }

  return {
    all: () => [...byZuid.values()],
    get,
    add(user) {
      byZuid.set(user.zuid, user);
      signedInZuid ??= user.zuid;
    },
    signIn(zuid) {
      signedInZuid = get(zuid).zuid;
    },
    load(users, signedIn) {
      byZuid.clear();
      for (const user of users) byZuid.set(user.zuid, user);
      signedInZuid = signedIn === undefined ? users[0]?.zuid : get(signedIn).zuid;
    },
    signedIn() {
      if (signedInZuid === undefined) throw new Error('nobody is signed in: the simulator has no users');
      return get(signedInZuid);
    },
  };
}

/** Their own first. */
export function organisationsOf(user: SimulatedUser): readonly Organisation[] {
  const { organisation, orgId, otherOrganisations = [] } = user;
  return [{ organisation, orgId }, ...otherOrganisations];
}

export function belongsTo(user: SimulatedUser, orgId: string | undefined): boolean {
  return organisationsOf(user).some((one) => one.orgId === orgId);
}
