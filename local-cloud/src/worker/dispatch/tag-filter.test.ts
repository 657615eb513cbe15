import { expect, test } from 'vitest';
import { hasTags, parseTagFilter } from './tag-filter.ts';

test('no filter lets every script through', () => {
  expect(hasTags([], parseTagFilter(undefined))).toBe(true);
  expect(hasTags(['a'], parseTagFilter(''))).toBe(true);
});

test('a script has all that is wanted and nothing that is not', () => {
  const filter = parseTagFilter('a:yes,b:no');
  expect(hasTags(['a', 'c'], filter)).toBe(true);
  expect(hasTags(['a', 'b'], filter)).toBe(false);
  expect(hasTags(['c'], filter)).toBe(false);
});

test('a tag may hold a colon', () => {
  expect(hasTags(['release:1'], parseTagFilter('release:1:yes'))).toBe(true);
});
