import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

describe('backoffMs', () => {
  it.each([
    [1, 500],
    [2, 1000],
    [5, 8000],
    [11, 300_000],
    [400, 300_000],
  ])('after attempt %i waits %i ms at most and half of it at least', (attempt, longest) => {
    expect(backoffMs(attempt, 1)).toBe(longest);
    expect(backoffMs(attempt, 0)).toBe(longest / 2);
  });
});
