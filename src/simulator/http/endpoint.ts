import type { RequestHandler, Response } from 'express';
import { send, type Answer } from './answer';
import { broken } from '../faults/broken';
import { decoy } from '../faults/decoy';
import { processes, type Fault } from '../faults/faults';
import { playKill } from '../faults/kill';
import { receive, type Received } from './received';
import type { Endpoint } from '../state/endpoints';
import { spoilt } from '../faults/spoilt';
import type { World } from '../state/world';
import type { DataCenterCode } from '../../zoho/data-centers';

export type Answerer = (world: World, received: Received) => Answer;

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
    const entry = world.requests.add(received, kind);
    res.once('close', () => {
      if (res.headersSent) entry.status = res.statusCode;
    });
    const fault = world.faults.take(kind, dataCenter);
    if (fault === undefined) return send(res, answerer(world, received));
    entry.fault = fault.kind;
    const good = () => answerer(world, received);
    const bad = () => decoy(world, received, kind);
    return play(res, fault, processes(fault) ? good : bad);
  };
}

async function play(res: Response, fault: Fault, answer: () => Answer): Promise<void> {
  if (fault.kind === 'kill') return playKill(res, answer, fault);
  const made = answer();
  const spoil = spoilt[fault.kind];
  if (spoil !== undefined) return send(res, spoil(made, fault));
  await broken[fault.kind]?.(res, made, fault);
}
