import { expect, test } from 'vitest';
import { wrapWords } from './wrap-words.ts';

test('parts a text between words', () => {
  expect(wrapWords('- Every account lies in its jurisdiction.', 18)).toEqual([
    '- Every account',
    '  lies in its',
    '  jurisdiction.',
  ]);
});

test('leaves whole what fits, and words that do not', () => {
  expect(wrapWords('a few words', Number.POSITIVE_INFINITY)).toEqual(['a few words']);
  expect(wrapWords('developers.cloudflare.com', 10)).toEqual(['developers.cloudflare.com']);
});
