import { describe, expect, it } from 'vitest';
import { fitColumns, shorten } from './fit-columns.ts';

const ID = '01a1fd3e-1048-71ea-8bef-87bf3cc835d4';
const SENTENCE = `A migration ${'failed '.repeat(12)}`;

const fitted = (row: readonly string[], width: number) =>
  fitColumns([row], width, 2).map((column) => [column.position, column.width]);

describe('fitColumns', () => {
  it('leaves what fits as it is', () => {
    expect(fitted(['SLUG', 'STATUS'], 80)).toEqual([
      [0, 4],
      [1, 6],
    ]);
    expect(fitted([SENTENCE], Number.POSITIVE_INFINITY)).toEqual([[0, SENTENCE.length]]);
  });

  it('cuts sentences, the widest first, and leaves whole what may be copied', () => {
    expect(fitted([ID, SENTENCE, 'a few words'], 80)).toEqual([
      [0, 36],
      [1, 29],
      [2, 11],
    ]);
  });

  it('leaves out what does not fit even so, and shows what does beyond it', () => {
    expect(fitted([ID, 'x'.repeat(64), '2026-11-21T10:08:15Z'], 80)).toEqual([
      [0, 36],
      [2, 20],
    ]);
  });

  it('shows the first column whatever the width', () => {
    expect(fitted([ID, 'active'], 20)).toEqual([[0, 36]]);
  });

  it.each([20, 40, 60, 80, 100, 120])('is never wider than %i where the first column is not', (width) => {
    const columns = fitted(['hart', SENTENCE, ID, 'active', SENTENCE, ID, '19'], width);
    const total = columns.reduce((sum, [, wide = 0]) => sum + wide, 2 * (columns.length - 1));
    expect(total).toBeLessThanOrEqual(width);
    expect(columns.length).toBeGreaterThan(1);
  });
});

describe('shorten', () => {
  it('fills up what is short and says where a text goes on', () => {
    expect([shorten('abc', 5), shorten('abcdef', 5)]).toEqual(['abc  ', 'abcd…']);
  });
});
