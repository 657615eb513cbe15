import type { Segment } from './history-index.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** As long as D1 keeps its history on the Workers Paid plan (developers.cloudflare.com/d1/platform/limits, November 2026). */
export const HISTORY_MS = 30 * DAY_MS;

const KEPT_NEWEST = 16;
const KEPT_PINNED = 64;

/**
 * The segments that may go: those begun over 30 days ago, and of the others all but the 16 newest, the 64 newest that the
 * API gave a bookmark of, the last of each hour for a day and the last of each day. So no database has more than 134.
 * The latest always stays, and so does one that was still the latest within the 30 days.
 */
export function thinHistory(segments: readonly Segment[], now: number): Segment[] {
  const newestFirst = segments.toReversed();
  const kept = new Set(newestFirst.slice(0, KEPT_NEWEST));
  for (const segment of newestFirst.filter(({ pinned }) => pinned === 1).slice(0, KEPT_PINNED))
    kept.add(segment);
  const seen = new Set<string>();
  for (const segment of newestFirst) {
    const isRecent = now - segment.startedAt < DAY_MS;
    const period = `${isRecent}:${Math.floor(segment.startedAt / (isRecent ? HOUR_MS : DAY_MS))}`;
    if (!seen.has(period)) kept.add(segment);
    seen.add(period);
  }
  return segments.filter((segment, index) => {
    const endedAt = segments[index + 1]?.startedAt ?? now;
    return !kept.has(segment) || now - endedAt > HISTORY_MS;
  });
}
