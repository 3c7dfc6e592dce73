import { InputError } from './http/input';
import { readSnapshot, type Snapshot } from './snapshot-input';
import { defaultSettings } from './state/settings';
import type { World } from './state/world';

export function takeSnapshot(world: World): Snapshot {
  const users = world.users.all();
  return {
    version: 1,
    ahead: world.clock.ahead(),
    settings: { ...world.settings },
    users,
    signedIn: users.length === 0 ? undefined : world.users.signedIn().zuid,
    clients: world.clients.save(),
    consents: world.consents.save(),
    codes: world.codes.save(),
    tokens: world.tokens.save(),
    windows: world.window.save(),
    records: world.records.save(),
  };
}

/** Puts what was saved in the place of what the world knows. Throws InputError, changing nothing, when it is no snapshot. */
export function restoreSnapshot(world: World, value: unknown): void {
  const saved = readSnapshot(value);
  const lost = saved.users.find(({ dataCenter }) => !world.dataCenters.includes(dataCenter));
  if (lost !== undefined) throw new InputError('users', `has somebody in ${lost.dataCenter}, which is not simulated`);
  world.clock.set(saved.ahead);
  Object.assign(world.settings, defaultSettings(), saved.settings);
  world.users.load(saved.users, saved.signedIn);
  world.clients.load(saved.clients);
  world.consents.load(saved.consents);
  world.codes.load(saved.codes);
  world.tokens.load(saved.tokens);
  world.window.load(saved.windows);
  world.records.load(saved.records);
}
