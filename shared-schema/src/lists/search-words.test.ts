import { expect, test } from 'vitest';
import { searchWords } from './search-words.ts';

test.each([
  ['Zoë O’Brien-Smith', ['zoe', 'obrien', 'smith']],
  ["  O'NEILL & Sons, Ltd. ", ['oneill', 'sons', 'ltd']],
  ['ŁÓDŹ Straße Ærø', ['lodz', 'strasse', 'aero']],
  ['İstanbul ISTANBUL', ['istanbul']],
  ['Ａｃｍｅ ２', ['acme', '2']],
  ['Анна 王小明', ['анна', '王小明']],
  ['C-2026-00042', ['c', '2026', '00042']],
  ['%_*"', []],
  ['', []],
])('%j is searched for as %j', (text, words) => {
  expect(searchWords(text)).toEqual(words);
});
