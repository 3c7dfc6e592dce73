import type { Host, Instance } from './instance';
import type { Fleet } from './instances';
import type { Call, Fate, Fault } from './network';
import type { Random } from './random';
import type { VirtualTime } from './virtual-time';

const second = 1000;
const minute = 60 * second;
const mostInstances = 3;

export interface NemesisParts {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly host: Host;
  fleet(): Fleet;
}

export type Nemesis = ReturnType<typeof createNemesis>;

/** All that goes wrong: between the Keepers and Zoho, at Zoho, with the computer and with the processes on it. */
export function createNemesis({ time, random, host, fleet }: NemesisParts) {
  /** Until when it holds. */
  const weather = { outage: 0, flaky: 0, slow: 0, locked: 0 };
  const cutOff = new Map<Instance, number>();
  const wronged = new Map<string, number>();
  let wanted = 2;
  return { fateOf, strike, supervise, heal };

  function fateOf(call: Call): Fate {
    const now = time.now();
    const isSlow = now < weather.slow;
    const pause = (): number => (isSlow ? random.between(0.5, 9) * second : random.between(20, 200));
    return { there: pause(), back: pause(), fault: faultOf(call, now) };
  }

  function faultOf({ instance, endpoint, secret }: Call, now: number): Fault | null {
    if (now < (cutOff.get(instance) ?? 0)) return random.pick(['refused', 'lost']);
    if (now < weather.outage && random.chance(0.95))
      return random.pick(['refused', 'lost', 'unavailable', 'bad_gateway']);
    if (!random.chance(now < weather.flaky ? 0.3 : 0.01)) return null;
    const common = ['refused', 'lost', 'answer_lost', 'reset', 'bad_gateway', 'unavailable', 'throttle'] as const;
    // A request that a proxy sends twice costs a refresh that the Keeper knows nothing of.
    const fault = random.pick([...common, endpoint === 'refresh' ? 'false_refusal' : 'twice'] as const);
    return fault === 'false_refusal' && !mayWrong(secret, now) ? 'reset' : fault;
  }

  /** A second refusal is believed, and rightly so: Zoho does not err twice in an hour about one token. */
  function mayWrong(secret: string, now: number): boolean {
    if (now < (wronged.get(secret) ?? 0) + 60 * minute) return false;
    wronged.set(secret, now);
    return true;
  }

  /** One blow, of any kind. */
  function strike(): void {
    const kinds = [
      fuse,
      fuse,
      callFuse,
      callFuse,
      callFuse,
      callFuse,
      kill,
      freeze,
      freeze,
      cut,
      outage,
      flaky,
      slow,
      lock,
      jump,
      stop,
      scale,
    ];
    random.pick(kinds)();
  }

  function victim(): Instance | undefined {
    const ready = fleet().ready();
    return ready.length === 0 ? undefined : random.pick(ready);
  }

  /** An instance dies in the middle of what it does next. */
  function fuse(): void {
    const instance = victim();
    if (instance) instance.fuse = { left: 1 + random.whole(40), isCall: false, act: () => fleet().kill(instance) };
  }

  /** It dies, or stands still for longer than its lease, while Zoho works for it. */
  function callFuse(): void {
    const instance = victim();
    if (!instance) return;
    const [pause, delay] = [random.between(12, 1200) * second, random.between(0, 1500)];
    const die = (): void => time.after(delay, null, () => fleet().kill(instance));
    const act = random.chance(0.5) ? die : (): void => fleet().freeze(instance, pause);
    instance.fuse = { left: 1 + random.whole(2), isCall: true, act };
  }

  function kill(): void {
    const instance = victim();
    if (instance) fleet().kill(instance);
  }

  function freeze(): void {
    const instance = victim();
    if (instance) fleet().freeze(instance, random.between(1, 90) * second);
  }

  function stop(): void {
    const instance = victim();
    if (instance) fleet().stop(instance);
  }

  function cut(): void {
    const instance = victim();
    if (instance) cutOff.set(instance, time.now() + random.between(0.5, 20) * minute);
  }

  function outage(): void {
    weather.outage = time.now() + random.between(0.5, 25) * minute;
  }

  function flaky(): void {
    weather.flaky = time.now() + random.between(5, 40) * minute;
  }

  function slow(): void {
    weather.slow = time.now() + random.between(2, 20) * minute;
  }

  function lock(): void {
    weather.locked = time.now() + random.between(1, 10) * minute;
  }

  function jump(): void {
    if (!random.chance(0.3)) return;
    const by = random.pick([-1, 1]) * random.pick([random.between(1, 60), random.between(60, 1800)]) * second;
    host.ahead += Math.round(by);
    host.jumps.push({ at: time.now(), by: Math.round(by) });
  }

  function scale(): void {
    wanted = 1 + random.whole(mostInstances);
  }

  /** What is missing is started again, and the computer is as the weather is. */
  function supervise(): void {
    host.locked = time.now() < weather.locked ? 0.25 : 0.01;
    if (fleet().instances.length < wanted) fleet().start();
    for (const instance of cutOff.keys()) if (instance.isDead) cutOff.delete(instance);
  }

  function heal(): void {
    Object.assign(weather, { outage: 0, flaky: 0, slow: 0, locked: 0 });
    cutOff.clear();
    for (const instance of fleet().instances) instance.fuse = null;
  }
}
