import axios, { type InternalAxiosRequestConfig } from 'axios';
import { createOutbound, type Outbound } from '../../src/lib/outbound';
import type { Answer } from '../../src/simulator/http/answer';
import type { Received } from '../../src/simulator/http/received';
import type { History } from './history';
import type { Instance } from './instance';
import type { VirtualTime } from './virtual-time';
import { badGateway, type Endpoint, endpointOf, receivedOf, refusals, type SimulatedZoho } from './zoho';

export const faults = [
  'refused',
  'lost',
  'answer_lost',
  'reset',
  'bad_gateway',
  'unavailable',
  'throttle',
  'false_refusal',
  'twice',
] as const;
export type Fault = (typeof faults)[number];

/** What becomes of a call. Milliseconds; a call that is lost ends by its caller's deadline. */
export interface Fate {
  readonly there: number;
  readonly back: number;
  readonly fault: Fault | null;
}

export interface Call {
  readonly endpoint: Endpoint;
  readonly instance: Instance;
  /** The refresh token, the code, or what is to be revoked. */
  readonly secret: string;
  readonly sentAt: number;
  arrivedAt: number | null;
  /** When the caller knew how it ended, be it by its own deadline. */
  endedAt: number | null;
  fault: Fault | null;
  /** The answer came back as Zoho had made it. */
  isAnswered: boolean;
}

export interface NetworkHooks {
  fateOf(call: Call): Fate;
  sent(call: Call): void;
  /** Just before Zoho works on it. */
  arrives(call: Call): void;
  /** Zoho says of a token that it knows none such, although it does. */
  refused(call: Call): void;
}

export interface NetworkParts {
  readonly time: VirtualTime;
  readonly history: History;
  readonly zoho: SimulatedZoho;
  readonly hooks: NetworkHooks;
}

/** The way of one instance to Zoho: through this process, at the time and with the luck that the simulation says. */
export function outboundOf(parts: NetworkParts, instance: Instance): Outbound {
  const plain = createOutbound(null);
  const adapter = (config: InternalAxiosRequestConfig) => send(parts, instance, config);
  // What belongs to the agents goes to axios as it is, so this takes the place of its way to the network.
  return { ...plain, fresh: Object.assign({ ...plain.fresh }, { adapter }) };
}

function send(parts: NetworkParts, instance: Instance, config: InternalAxiosRequestConfig): Promise<object> {
  const { time, history, zoho, hooks } = parts;
  const headers = Object.fromEntries(
    Object.entries(config.headers.toJSON()).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  const received = receivedOf(config.url ?? '', (config.method ?? 'get').toUpperCase(), config.data, headers);
  const call: Call = {
    endpoint: endpointOf(received),
    instance,
    secret: received.form['refresh_token'] ?? received.form['code'] ?? received.form['token'] ?? '',
    sentAt: time.now(),
    arrivedAt: null,
    endedAt: null,
    fault: null,
    isAnswered: false,
  };
  return new Promise((resolve, reject) => {
    instance.step(true);
    if (instance.isDead) return;
    hooks.sent(call);
    const { there, back, fault } = hooks.fateOf(call);
    call.fault = fault;
    history.note(`${instance.name} ${call.endpoint} ${call.secret.slice(5, 11)} sent${fault ? ` (${fault})` : ''}`);
    const end = (act: () => void): void => {
      if (call.endedAt !== null) return;
      call.endedAt = time.now();
      act();
    };
    const fail = (code: string, syscall: string): void =>
      end(() => reject(Object.assign(new Error(code), { code, syscall })));
    Reflect.get(config.signal ?? {}, 'addEventListener')?.call(config.signal, 'abort', () =>
      end(() => reject(new axios.CanceledError())),
    );
    if (fault === 'refused') return time.after(there, instance, () => fail('ECONNREFUSED', 'connect'));
    if (fault === 'lost') return;
    // An instance that stands still sends nothing either; what has left it is on its way.
    time.after(0, instance, () => time.after(there, null, arrive));

    function arrive(): void {
      const answer = process(received);
      if (fault === 'twice') time.after(back, null, () => void process(received));
      if (fault === 'answer_lost') return;
      if (fault === 'reset') return time.after(back, instance, () => fail('ECONNRESET', 'read'));
      time.after(back, instance, () =>
        end(() => {
          call.isAnswered = fault === null || fault === 'twice';
          history.note(`${instance.name} ${call.endpoint} ${call.secret.slice(5, 11)} answered ${answer.status}`);
          resolve({ status: answer.status, statusText: '', data: answer.body, headers: {}, config });
        }),
      );
    }

    function process(request: Received): Answer {
      if (fault === 'false_refusal') hooks.refused(call);
      if (fault === 'unavailable' || fault === 'throttle' || fault === 'false_refusal') return refusals[fault];
      const isFirst = call.arrivedAt === null;
      call.arrivedAt ??= time.now();
      if (isFirst) hooks.arrives(call);
      const answer = zoho.answer(request);
      return fault === 'bad_gateway' ? badGateway : answer;
    }
  });
}
