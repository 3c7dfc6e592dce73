import type { Answer } from '../http/answer';
import type { Refusal } from '../http/bearer';

/** How a product says no: to a call without a token, with a dead one, or without the scope. */
export type Refusals = Readonly<Record<Refusal, Answer>>;
