import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dataCenterApp } from '../../src/simulator/app';
import { listen, type Listener } from '../../src/simulator/http/listener';
import type { SimulatedRequest } from '../../src/simulator/state/request-log';
import type { SimulatedZoho } from '../simulation/zoho';
import type { Life } from './fleet';

export interface Arrival {
  readonly endpoint: SimulatedRequest['endpoint'];
  /** The refresh token, the code, or what is to be revoked. */
  readonly secret: string;
  readonly arrivedAt: number;
  /** Null where the system did not say. */
  readonly instance: Life | null;
  endedAt: number | null;
  readonly request: SimulatedRequest;
}

const caller = 'x-caller';

/** The simulator behind a port, which says of each request whose it is. */
export async function listenAsZoho(
  { world, control }: SimulatedZoho,
  lives: () => readonly Life[],
  seen: (arrival: Arrival) => void,
): Promise<Listener> {
  const app = dataCenterApp(world, control, 'us', 'both');
  const { requests } = world;
  const { add, answered } = requests;
  const open = new Map<SimulatedRequest, Arrival>();
  requests.add = (received, asking) => {
    const request = add(received, asking);
    const { form, headers } = received;
    const secret = form['refresh_token'] ?? form['code'] ?? form['token'] ?? '';
    const instance = lives().find(({ name }) => name === headers[caller]) ?? null;
    const arrival = { endpoint: asking.endpoint, secret, arrivedAt: Date.now(), instance, endedAt: null, request };
    open.set(request, arrival);
    seen(arrival);
    return request;
  };
  requests.answered = (request, status) => {
    answered(request, status);
    Object.assign(open.get(request) ?? {}, { endedAt: Date.now() });
    open.delete(request);
  };
  const serve = (req: IncomingMessage, res: ServerResponse): void => {
    const life = ownerOf(req.socket.remotePort ?? 0, lives());
    if (life) req.headers[caller] = life.name;
    app(req, res);
  };
  const listener = await listen(serve, '127.0.0.1', 0);
  world.urls.us = listener.url;
  return listener;
}

/** The process that has this port, as Linux tells. */
function ownerOf(port: number, lives: readonly Life[]): Life | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const line = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .find((one) => one.trim().split(/\s+/)[1]?.endsWith(`:${hex}`));
  const socket = `socket:[${line?.trim().split(/\s+/)[9]}]`;
  return lives.find(({ process }) => hasOpen(process.pid, socket));
}

function hasOpen(pid: number, socket: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === socket);
  } catch {
    // It has just died, or closed something.
    return false;
  }
}
