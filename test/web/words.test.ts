import { Problem } from '../../src/lib/problem';
import { atTime } from '../../src/lib/time';
import { piecesOf } from '../../src/web/words';

const now = new Date('2026-11-23T22:00:00.000Z');

it('a time in a sentence is to the second for programs, never before it has come, and in words on pages', () => {
  const { next } = new Problem(429, 'throttled', '', `Possible ${atTime(new Date('2026-11-23T22:09:59.001Z'))}.`);
  expect(next).toBe('Possible at 2026-11-23T22:10:00Z.');
  expect(piecesOf(next, now)).toEqual(['Possible ', { iso: '2026-11-23T22:10:00Z', words: 'in 10 minutes' }, '.']);
});

it.each(['', 'Nothing at all.', 'at 22:06 UTC', 'at 2026-11-23'])('%j stays as it is', (sentence) => {
  expect(piecesOf(sentence, now)).toEqual([sentence]);
});
