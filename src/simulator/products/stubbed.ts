import type { Answer } from '../http/answer';
import { bearer } from '../http/bearer';
import type { Received } from '../http/received';
import type { World } from '../state/world';
import { productAt } from './products';

/** The answer of the stub for this call; before that the token has to pass, and is refused in the product's words. */
export function answerStub(world: World, received: Received): Answer {
  const stub = world.stubs.find(received);
  if (stub === undefined) throw new Error('no stub fits');
  const { schemes, refusals } = productAt(received.path);
  const token = bearer(world, received, schemes, stub.scope === undefined ? [] : [stub.scope]);
  if (typeof token === 'string') return refusals[token];
  world.stubs.use(stub);
  const { status = 200, headers = {}, body } = stub;
  const type = typeof body === 'string' ? 'text/plain;charset=UTF-8' : 'application/json;charset=UTF-8';
  return { status, type, headers, body: typeof body === 'string' ? body : (JSON.stringify(body) ?? '') };
}
