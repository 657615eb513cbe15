import { expect, test } from 'vitest';
import { simulate } from './simulate.ts';

const SEEDS = 300;

test('the same seed plays the same way twice', async () => {
  for (const seed of [1, 7, 42, 1_000]) {
    const [once, again] = [await simulate(seed), await simulate(seed)];
    expect(again.trace).toEqual(once.trace);
    expect(again.hash).toBe(once.hash);
  }
});

test('another seed plays another way', async () => {
  const [one, other] = [await simulate(1), await simulate(2)];
  expect(one.hash).not.toBe(other.hash);
});

test(`operations come to one end through faults, crashes and two controllers (${SEEDS} seeds)`, async () => {
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const { problems } = await simulate(seed);
    expect(problems, `Replay it: npm run test:simulation -- --seed ${seed}`).toEqual([]);
  }
}, 180_000);
