import { expect, test } from 'vitest';
import { ifMatchVersion } from './if-match.ts';

const versionOf = (value: string) => ifMatchVersion(new Headers({ 'if-match': value }));

test('an If-Match names a version, or any', () => {
  expect(['"3"', '3', ' "3" ', '*'].map(versionOf)).toStrictEqual([3, 3, 3, null]);
  expect(ifMatchVersion(new Headers())).toBe(null);
});

// workerd drops it where it is empty: see docs/decisions/0003. Where one does arrive, it is not taken for none.
test.each(['', ' ', '""', ',', '"x"', 'W/"3"', '"3", "4"'])('%j is refused', (value) => {
  const fields = [{ field: 'If-Match', message: 'Send the version of the record, as in "3".' }];
  const refusal = { code: 'VALIDATION_FAILED', context: { fields } };
  expect(() => versionOf(value)).toThrow(expect.objectContaining(refusal));
});
