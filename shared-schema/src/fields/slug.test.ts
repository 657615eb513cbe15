import { describe, expect, test } from 'vitest';
import { isReservedSlug, slugSchema } from './slug.ts';

describe('a slug', () => {
  test.each(['abc', 'acme', 'a1b', 'smith-and-sons', 'a-1-b', 'x'.repeat(40)])('may be %s', (slug) => {
    expect(slugSchema.safeParse(slug).success).toBe(true);
  });

  test.each([
    'ab',
    '',
    'x'.repeat(41),
    '1abc',
    '-abc',
    'abc-',
    'a--b',
    'Acme',
    'a_b',
    'a.b',
    'ä-bc',
    ' acme',
    'acme\n',
  ])('may not be %j', (slug) => {
    expect(slugSchema.safeParse(slug).success).toBe(false);
  });

  test('says what is wrong in a sentence', () => {
    expect(slugSchema.safeParse('a--b').error?.issues[0]?.message).toBe(
      'A slug is made of a-z, 0-9 and single hyphens, with a letter first.',
    );
  });

  test('is reserved where the platform may need the name', () => {
    expect(isReservedSlug('admin')).toBe(true);
    expect(isReservedSlug('acme')).toBe(false);
    expect(isReservedSlug('constructor')).toBe(false);
  });
});
