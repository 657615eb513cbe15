import { expect, test } from 'vitest';
import { formatBookmark } from './bookmark.ts';
import { findState } from './find-state.ts';
import type { Segment } from './history-index.ts';
import { TimeTravelError } from './time-travel-error.ts';

/** Two segments: what happened between the numbers 5 of the first one's end and 8 of the second one's start is not held. */
const COUNTERS: Record<number, Record<number, number>> = {
  1: { 0: -1, 2: 0, 5: 4, 9: 4, 12: 5 },
  2: { 3: 8, 7: 9, 8: 11 },
};

const HISTORY = {
  segments: [1, 2].map(
    (id): Segment => ({
      id,
      database: 'd',
      generation: String(id),
      pageBytes: 4096,
      firstFrames: id === 1 ? 0 : 3,
      frames: id === 1 ? 12 : 8,
      startedAt: id,
      pinned: 0,
    }),
  ),
  states: async ({ id }: Segment) => Object.keys(COUNTERS[id] ?? {}).map(Number),
  counter: async ({ id }: Segment, frames: number) => COUNTERS[id]?.[frames] ?? Number.NaN,
};

function session(counter: number): string {
  return formatBookmark(counter, { segment: 0, frames: 0 });
}

test.each([
  ['the first there is', 0, 1, 2],
  ['a transaction with others after it', 4, 1, 5],
  ['the last of a segment', 5, 1, 12],
  ['one inside a later segment', 9, 2, 7],
])('finds the transaction of a session bookmark: %s', async (_, counter, segment, frames) => {
  expect(await findState(HISTORY, session(counter))).toEqual({ segment, frames, exact: true });
});

test.each([6, 8])('takes the nearest earlier state for number %i, which is not held', async (counter) => {
  expect(await findState(HISTORY, session(counter))).toEqual({ segment: 1, frames: 12, exact: false });
});

test('finds the position of a bookmark of its own', async () => {
  expect(await findState(HISTORY, formatBookmark(4, { segment: 1, frames: 9 }))).toEqual({
    segment: 1,
    frames: 9,
    exact: true,
  });
});

test.each([
  ['no bookmark', 'x', `Invalid bookmark 'x'.`],
  ['frames without a segment', formatBookmark(0, { segment: 0, frames: 1 }), /^Invalid bookmark/],
  ['a number never given out', session(10), /is not one of this database\.$/],
  ['a number to come', session(12), /is not one of this database\.$/],
  [
    'the middle of a transaction',
    formatBookmark(4, { segment: 1, frames: 8 }),
    /is not one of this database\.$/,
  ],
  [
    'before what a segment can tell',
    formatBookmark(4, { segment: 2, frames: 2 }),
    /is not one of this database\.$/,
  ],
  [
    'another segment',
    formatBookmark(4, { segment: 3, frames: 9 }),
    /is not one of this database, or too old\.$/,
  ],
])('refuses %s', async (_, text, message) => {
  const found = findState(HISTORY, text);
  await expect(found).rejects.toThrow(TimeTravelError);
  await expect(found).rejects.toThrow(message);
});

test('refuses what came before all there is', async () => {
  const history = { ...HISTORY, segments: HISTORY.segments.slice(1) };
  await expect(findState(history, session(4))).rejects.toThrow(/is too old\.$/);
});
