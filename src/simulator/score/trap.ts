import type { Settings } from '../state/settings';
import type { Rig } from './rig';

export interface Trap {
  readonly name: string;
  /** What Zoho does, and what a client has to make of it. */
  readonly about: string;
  /** Of the simulator, from the start. */
  readonly settings?: Partial<Settings>;
  /** Throws Lost when the client is caught. */
  play(rig: Rig): Promise<void>;
}
