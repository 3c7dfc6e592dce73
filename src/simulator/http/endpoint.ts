import type { RequestHandler, Response } from 'express';
import { send, type Answer } from './answer';
import type { Answerer } from './answerer';
import { askingOf } from './asking';
import { broken } from '../faults/broken';
import { decoy } from '../faults/decoy';
import { processes, type Fault } from '../faults/faults';
import { playKill } from '../faults/kill';
import { ownWords } from '../faults/own-words';
import { receive, type Received } from './received';
import type { Endpoint } from '../state/endpoints';
import { spoilt } from '../faults/spoilt';
import type { World } from '../state/world';
import type { DataCenterCode } from '../../zoho/data-centers';

/** Serves one endpoint for programs: notes the request, answers it, or plays the fault that waits for it. */
export function endpoint(
  world: World,
  dataCenter: DataCenterCode,
  name: Endpoint | ((received: Received) => Endpoint),
  answerer: Answerer,
): RequestHandler {
  return async (req, res) => {
    const received = receive(req, dataCenter);
    const kind = typeof name === 'string' ? name : name(received);
    const asking = askingOf(world, received, kind);
    const entry = world.requests.add(received, asking);
    res.once('close', () => world.requests.answered(entry, res.headersSent ? res.statusCode : undefined));
    const fault = world.faults.take(asking);
    if (fault === undefined) return send(res, answerer(world, received));
    entry.fault = fault.kind;
    const good = () => answerer(world, received);
    const bad = () => decoy(world, received, kind);
    return play(res, fault, processes(fault) ? good : bad, ownWords(fault, kind, received.path));
  };
}

async function play(res: Response, fault: Fault, answer: () => Answer, instead: Answer | undefined): Promise<void> {
  if (fault.kind === 'kill') return playKill(res, answer, fault);
  const made = answer();
  if (instead !== undefined) return send(res, instead);
  const spoil = spoilt[fault.kind];
  if (spoil !== undefined) return send(res, spoil(made, fault));
  await broken[fault.kind]?.(res, made, fault);
}
