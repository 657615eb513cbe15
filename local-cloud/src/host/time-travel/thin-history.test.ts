import { expect, test } from 'vitest';
import type { Segment } from './history-index.ts';
import { HISTORY_MS, thinHistory } from './thin-history.ts';

const HOUR_MS = 3_600_000;
const NOW = 1_000 * 24 * HOUR_MS;

function segments(
  count: number,
  everyMs: number,
  pinned: (index: number) => boolean = () => false,
): Segment[] {
  return Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    database: 'd',
    generation: String(index),
    pageBytes: 4096,
    firstFrames: 0,
    frames: 1,
    startedAt: NOW - (count - 1 - index) * everyMs,
    pinned: pinned(index) ? 1 : 0,
  }));
}

function keptOf(all: Segment[]): Segment[] {
  const gone = new Set(thinHistory(all, NOW));
  return all.filter((segment) => !gone.has(segment));
}

test('keeps all of a short history', () => {
  expect(thinHistory(segments(16, 1), NOW)).toEqual([]);
});

test('of one that was copied each second for a month, keeps no more than 134', () => {
  const kept = keptOf(segments(30 * 24 * 60, 60_000, () => true));
  expect(kept.length).toBeLessThanOrEqual(134);
  expect(NOW - (kept[0]?.startedAt ?? 0)).toBeGreaterThan(28 * 24 * HOUR_MS);
});

test('keeps the last of each hour of the past day', () => {
  const hours = keptOf(segments(24 * 60, 60_000)).map(({ startedAt }) => Math.floor(startedAt / HOUR_MS));
  expect(new Set(hours).size).toBeGreaterThanOrEqual(24);
});

test('keeps what the API gave a bookmark of', () => {
  const all = segments(40, 1000, (index) => index === 3);
  expect(keptOf(all)).toContain(all[3]);
  expect(keptOf(all)).not.toContain(all[4]);
});

test('keeps nothing that ended over 30 days ago, and what began then and lasted', () => {
  const old = segments(3, HISTORY_MS + 1);
  expect(keptOf(old)).toEqual(old.slice(1));
});
