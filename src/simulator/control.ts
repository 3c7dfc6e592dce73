import { portalOf, type Client, type SimulatedClient } from './state/clients';
import { accept, needsConsent, readAuthorization, refuse } from './accounts/authorization';
import { readWidening, refuseWidening, widen } from './accounts/enhance';
import { selfClientCode, selfClientOf } from './accounts/self-client';
import type { Fault } from './faults/faults';
import type { MintedSecret } from './state/secrets';
import type { RequestFilter, SimulatedRequest } from './state/request-log';
import { restoreSnapshot, takeSnapshot } from './snapshot';
import type { Snapshot } from './snapshot-input';
import type { Stub } from './state/stubs';
import { verify, type Expectation, type Verification } from './verify';
import type { Settings } from './state/settings';
import type { RefreshToken } from './state/tokens';
import { belongsTo, type SimulatedUser } from './state/users';
import { urlOf, type World } from './state/world';
import { createSwitches, type Switches } from './switches';
import { isDataCenterCode, type DataCenterCode } from '../zoho/data-centers';

export type { Expectation, Verification } from './verify';

/** What tests and demos can see of the simulator and do to it. The HTTP door at `/_simulator/` leads to the same functions. */
export interface Control {
  /** The simulator's time in epoch milliseconds. */
  now(): number;
  /** Moves the simulator's clock forward: codes and tokens expire, windows end. */
  advance(seconds: number): void;
  /** Change members at any time. */
  readonly settings: Settings;
  /** What the buttons of the first page do. */
  readonly switches: Switches;
  readonly faults: { inject(fault: Fault): void; clearFaults(): void; waiting(): readonly Fault[] };
  requests(filter?: RequestFilter): readonly SimulatedRequest[];
  clearRequests(): void;
  count(filter?: RequestFilter): number;
  /** Resolves as soon as that many requests have arrived since the last `clearRequests`. */
  arrived(count: number, filter?: RequestFilter): Promise<void>;
  /** Whether these requests have been seen so often; waits up to `within_ms` for those that are missing. */
  verify(expectation: Expectation): Promise<Verification>;
  /** Answers of your own to API calls, given once the token has passed. */
  readonly stubs: { add(stub: Stub): void; all(): readonly Stub[]; clear(): void };
  /** All that a restart has to bring back, as JSON. */
  state(): Snapshot;
  /** Puts a state in the place of what is known. Throws a TypeError, changing nothing, when it is none. */
  restore(state: unknown): void;
  /** Every secret made or registered here. */
  minted(): readonly MintedSecret[];
  livingRefreshTokens(clientId?: string, zuid?: number): readonly RefreshToken[];
  /** How many times a request was answered with "Access Denied" for its number. */
  throttled(): number;
  users(): readonly SimulatedUser[];
  clients(): readonly Client[];
  /** Throws when it belongs to a person who is not there. */
  addClient(client: SimulatedClient): void;
  /** The new secret, of one data centre or of all. */
  regenerateSecret(clientId: string, dataCenter?: DataCenterCode): string;
  /** Deletes the registration; its tokens die. */
  deleteClient(clientId: string): void;
  enableDataCenter(clientId: string, dataCenter: DataCenterCode): void;
  disableDataCenter(clientId: string, dataCenter: DataCenterCode): void;
  /** The person's self client, made when first asked for. */
  selfClient(zuid: number): { id: string; secret: string; dataCenter: DataCenterCode };
  /** A code for it, living 3 minutes unless told. Throws when a scope is unknown. */
  selfClientCode(zuid: number, scope: string, minutes?: number, orgId?: string): string;
  /** Throws when their data centre is not simulated. */
  addUser(user: SimulatedUser): void;
  /** Sets who is signed in where nobody says otherwise. */
  signIn(zuid: number): void;
  /** What a person does under Connected Apps: ends all tokens of the client and forgets the consent. Throws where either is not there. */
  removeApp(zuid: number, clientId: string): void;
  /** Ends all tokens of the person when they tick "terminate all API tokens". */
  changePassword(zuid: number, terminateTokens: boolean): void;
  /** Ends a token as if from inside Zoho; false when it does not live. */
  revokeToken(token: string): boolean;
  /**
   * What a person's browser would do with this authorise URL: the callback URL it is sent to after Accept or Reject.
   * Throws AuthorizationRefused where Zoho would show an error page instead.
   */
  authorize(url: string, choice?: AuthorizeChoice): string;
}

export interface AuthorizeChoice {
  /** Default true. */
  accept?: boolean | undefined;
  /** Who; default whoever is signed in. */
  zuid?: number | undefined;
  /** For which of their organisations, where there are several; default the first. */
  orgId?: string | undefined;
}

export function createControl(world: World): Control {
  const { clients, users, tokens, faults, requests } = world;
  return {
    now: () => world.clock.now(),
    advance: (seconds) => world.clock.advance(seconds),
    settings: world.settings,
    switches: createSwitches(world),
    faults: {
      inject: (fault) => void faults.inject(fault),
      clearFaults: () => faults.clear(),
      waiting: () => faults.waiting(),
    },
    requests: (filter) => requests.list(filter),
    clearRequests: () => requests.clear(),
    count: (filter) => requests.count(filter),
    arrived: (count, filter) => requests.arrived(count, filter),
    verify: (expectation) => verify(requests, expectation),
    stubs: world.stubs,
    state: () => takeSnapshot(world),
    restore: (state) => restoreSnapshot(world, state),
    minted: () => world.mint.minted(),
    livingRefreshTokens: (clientId, zuid) =>
      tokens
        .livingRefresh()
        .filter((token) => (clientId ?? token.clientId) === token.clientId && (zuid ?? token.zuid) === token.zuid),
    throttled: () => world.throttle.answered,
    users: () => users.all(),
    clients: () => clients.all(),
    addClient(client) {
      if (client.zuid !== undefined) users.get(client.zuid);
      clients.add(client);
    },
    regenerateSecret: (clientId, dataCenter) => clients.regenerateSecret(clientId, dataCenter),
    deleteClient(clientId) {
      clients.delete(clientId);
      world.consents.removeClient(clientId);
      tokens.endWhere((grant) => grant.clientId === clientId);
    },
    enableDataCenter: (clientId, dataCenter) => void clients.get(clientId).enabled.add(dataCenter),
    disableDataCenter: (clientId, dataCenter) => void clients.get(clientId).enabled.delete(dataCenter),
    selfClient: (zuid) => selfClientOf(world, zuid),
    selfClientCode: (zuid, scope, minutes = 3, orgId) => selfClientCode(world, zuid, scope, minutes, orgId),
    addUser(user) {
      urlOf(world, user.dataCenter);
      users.add(user);
      // Whoever leaves an organisation has no tokens there any more.
      tokens.endWhere(({ zuid, orgId }) => zuid === user.zuid && orgId !== undefined && !belongsTo(user, orgId));
    },
    signIn: (zuid) => users.signIn(zuid),
    removeApp(zuid, clientId) {
      users.get(zuid);
      clients.get(clientId);
      world.consents.remove(zuid, clientId);
      tokens.endWhere((grant) => grant.zuid === zuid && grant.clientId === clientId);
    },
    changePassword(zuid, terminateTokens) {
      users.get(zuid);
      if (terminateTokens) tokens.endWhere((grant) => grant.zuid === zuid);
    },
    revokeToken: (token) => tokens.end(token),
    authorize: (url, choice) => authorize(world, new URL(url), choice),
  };
}

function authorize(world: World, url: URL, choice: AuthorizeChoice = {}): string {
  const dataCenter = Object.entries(world.urls).find(([, base]) => base === url.origin)?.[0];
  if (!isDataCenterCode(dataCenter)) throw new Error(`no data centre listens at ${url.origin}`);
  const query = Object.fromEntries(url.searchParams);
  if (url.pathname === '/oauth/v2/token/addextrascope') {
    const widening = readWidening(world, dataCenter, query);
    return choice.accept === false ? refuseWidening(widening) : widen(world, widening);
  }
  if (!/^(\/oauth\/v2|\/clientoauth\/v2\/[^/]+)\/auth$/.test(url.pathname)) {
    throw new Error(`${url.pathname} is not where people authorise`);
  }
  const request = readAuthorization(world, dataCenter, query, portalOf(url.pathname));
  const user = choice.zuid === undefined ? world.users.signedIn() : world.users.get(choice.zuid);
  const refused = choice.accept === false && needsConsent(world, user, request);
  return refused ? refuse(world, user, request) : accept(world, user, request, choice.orgId);
}
