import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from './cursor.ts';

const OF = 'the list';

test('comes back as it went out, whatever the value', () => {
  for (const value of ['Zoë 🦊 “quoted”', '', 0, -1, 1_795_222_904_018]) {
    const cursor = { of: OF, after: [value, 'an id'] as [string | number, string] };
    expect(decodeCursor(encodeCursor(cursor), OF)).toEqual(cursor);
  }
});

test('can stand in a URL as it is', () => {
  const text = encodeCursor({ of: OF, after: ['??>>~~ÿÿ', 'id'] });
  expect(encodeURIComponent(text)).toBe(text);
});

test('is refused by another list', () => {
  const text = encodeCursor({ of: 'another', after: ['a', 'b'] });
  expect(() => decodeCursor(text, OF)).toThrow(expect.objectContaining({ code: 'CURSOR_INVALID' }));
});

test.each([
  '',
  '%%%',
  'bm90IGpzb24',
  btoa('{}'),
  btoa('null'),
  btoa(JSON.stringify({ of: OF, after: ['a'] })),
])('is refused where it was made up: %j', (text) => {
  expect(() => decodeCursor(text, OF)).toThrow(expect.objectContaining({ code: 'CURSOR_INVALID' }));
});
