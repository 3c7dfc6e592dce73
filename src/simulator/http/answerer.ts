import type { World } from '../state/world';
import type { Answer } from './answer';
import type { Received } from './received';

/** How an endpoint answers, and what it changes meanwhile. */
export type Answerer = (world: World, received: Received) => Answer;
