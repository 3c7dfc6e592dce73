import type { World } from './state/world';

/** What somebody who tries a program out wants to see happen at Zoho; a second press undoes it. */
export const switchNames = ['later', 'revoked', 'down', 'throttled'] as const;
export type SwitchName = (typeof switchNames)[number];

export interface Switches {
  isOn(name: SwitchName): boolean;
  press(name: SwitchName): void;
}

export function createSwitches({ clock, tokens, faults }: World): Switches {
  const undo = new Map<SwitchName, () => void>();
  const turnOn: Readonly<Record<SwitchName, () => () => void>> = {
    later() {
      clock.advance(3600);
      return () => clock.retreat(3600);
    },
    revoked: () => tokens.endAll(),
    down: () => faults.inject({ endpoint: 'any', kind: 'html_503', times: Infinity }),
    throttled: () => faults.inject({ endpoint: 'token', kind: 'access_denied', times: Infinity }),
  };
  return {
    isOn: (name) => undo.has(name),
    press(name) {
      const turnOff = undo.get(name);
      if (turnOff === undefined) return void undo.set(name, turnOn[name]());
      undo.delete(name);
      turnOff();
    },
  };
}
