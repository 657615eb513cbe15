import { describe, expect, it } from 'vitest';
import { fitColumns, shorten } from './fit-columns.ts';

const ID = '01a1fd3e-1048-71ea-8bef-87bf3cc835d4';

describe('fitColumns', () => {
  it('leaves what fits as it is', () => {
    expect(
      fitColumns(
        [
          ['SLUG', 'STATUS'],
          ['hart', 'active'],
        ],
        80,
        2,
      ),
    ).toEqual([4, 6]);
    expect(fitColumns([['x'.repeat(500)]], Number.POSITIVE_INFINITY, 2)).toEqual([500]);
  });

  it('shortens the widest first, and ids not at all', () => {
    const rows = [
      ['ID', 'MESSAGE', 'CODE'],
      [ID, 'm'.repeat(90), 'c'.repeat(20)],
    ];
    expect(fitColumns(rows, 100, 2)).toEqual([36, 40, 20]);
    expect(fitColumns(rows, 20, 2)).toEqual([36, 12, 12]);
  });
});

describe('shorten', () => {
  it('fills up what is short and says where a text goes on', () => {
    expect([shorten('abc', 5), shorten('abcdef', 5)]).toEqual(['abc  ', 'abcd…']);
  });
});
