import type { Environment } from './client';
import { Lost } from './lost';
import { startRig } from './rig';
import type { Trap } from './trap';

export interface Row {
  readonly trap: string;
  readonly passed: boolean;
  /** What Zoho does, where the client passed; else what the client did. */
  readonly why: string;
}

/** Most of a trap is waiting, so that some can be played at once. */
const atOnce = 3;

/** Plays the traps, each with a client started anew. Rows come in the order of the traps. */
export function score(command: readonly string[], env: Environment, traps: readonly Trap[]): Promise<Row>[] {
  const rows: Promise<Row>[] = [];
  for (const trap of traps) {
    const before = rows.at(-atOnce);
    rows.push(before === undefined || rows.length < atOnce ? play() : before.then(play));
    function play(): Promise<Row> {
      return playTrap(command, env, trap);
    }
  }
  return rows;
}

export async function playTrap(command: readonly string[], env: Environment, trap: Trap): Promise<Row> {
  try {
    const rig = await startRig(command, env, trap.settings);
    await trap.play(rig).finally(rig.end);
    return { trap: trap.name, passed: true, why: trap.about };
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
    return { trap: trap.name, passed: false, why: error.message };
  }
}
