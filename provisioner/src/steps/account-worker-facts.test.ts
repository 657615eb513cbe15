import { expect, test } from 'vitest';
import { trustsOnly } from './account-worker-facts.ts';

const [A, B, C] = ['a', 'b', 'c'].map((kid) => ({ kid, x: `x-${kid}`, kty: 'OKP' }));
const set = (...keys: unknown[]) => JSON.stringify({ keys });
/** The first one signs. */
const OURS = set(A, B, C);

test.each([
  ['all keys', OURS, true],
  ['those of before a rotation', set(C, A), true],
  ['the current one alone', set(A), true],
  ['not the current one', set(B, C), false],
  ['none', set(), false],
  ["a stranger's key too", set(A, { kid: 'z', x: 'x-z' }), false],
  ["a stranger's key under the id of ours", set(A, { kid: 'b', x: 'x-z' }), false],
  ['nothing', undefined, false],
  ['no JSON', 'keys', false],
] as const)('a Worker that is bound with %s', (_case, bound, good) => {
  expect(trustsOnly(bound, OURS)).toBe(good);
});
