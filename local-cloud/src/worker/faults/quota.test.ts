import { expect, test } from 'vitest';
import { Quota } from './quota.ts';

test('the window slides: a call counts for its length and no longer', () => {
  const quota = new Quota({ limit: 2, window_ms: 100 });
  expect([quota.take(0), quota.take(60)]).toEqual([0, 0]);
  expect(quota.take(100)).toBe(0);
  expect(quota.take(159)).toBe(100);
});

test('the call past the limit is refused, and all others until a window’s length has passed', () => {
  const quota = new Quota({ limit: 1, window_ms: 100 });
  expect([quota.take(0), quota.take(50), quota.take(149), quota.take(150)]).toEqual([0, 100, 1, 0]);
});

test('a refused answer says when to come back, rounded up to seconds', () => {
  const quota = new Quota({ limit: 1, window_ms: 1_500 });
  quota.take(0);
  expect(quota.headers(10, quota.take(10))).toEqual({
    ratelimit: '"default";r=0;t=2',
    'ratelimit-policy': '"default";q=1;w=2',
    'retry-after': '2',
  });
});
