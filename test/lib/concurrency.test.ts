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
