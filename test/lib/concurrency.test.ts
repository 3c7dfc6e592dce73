import { createSemaphore } from '../../src/lib/concurrency';

it('a semaphore lets so many through at a time, so many wait, and turns the others away', async () => {
  const pass = createSemaphore(2, 3, () => new Error('full'));
  const releases: (() => void)[] = [];
  const work = () => new Promise<string>((resolve) => releases.push(() => resolve('done')));
  const entered = Array.from({ length: 5 }, () => pass(work));
  await expect(pass(work)).rejects.toThrow('full');
  await Promise.resolve();
  expect(releases).toHaveLength(2);
  for (let done = 0; done < 5; done++) {
    releases[done]?.();
    await entered[done];
    await Promise.resolve();
  }
  expect(await Promise.all(entered)).toEqual(Array(5).fill('done'));
  expect(await pass(() => Promise.resolve('again'))).toBe('again');
});

it('a semaphore lets those who are not patient go first, and turns away who has waited for too long', async () => {
  const pass = createSemaphore(1, Infinity, () => new Error('waited'));
  const order: string[] = [];
  const [over, work] = releasable();
  const running = pass(() => work);
  const patient = pass(async () => void order.push('patient'), { isPatient: true });
  const other = pass(async () => void order.push('other'));
  await expect(pass(async () => void order.push('late'), { seconds: 0.01 })).rejects.toThrow('waited');
  over();
  await Promise.all([running, patient, other]);
  expect(order).toEqual(['other', 'patient']);
});

function releasable(): [release: () => void, released: Promise<void>] {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  return [release, released];
}
