import { expect, test } from 'vitest';
import { idempotencyKey, requestFingerprint } from './idempotency.ts';

test('a key is 1 to 255 printable ASCII characters', () => {
  expect(idempotencyKey(new Headers())).toBeNull();
  expect(idempotencyKey(new Headers({ 'idempotency-key': 'k'.repeat(255) }))).toHaveLength(255);
  for (const key of ['', 'k'.repeat(256), 'a b', 'é']) {
    expect(() => idempotencyKey(new Headers({ 'idempotency-key': key }))).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED' }),
    );
  }
});

test('requests differ by method, path and body', async () => {
  const prints = await Promise.all([
    requestFingerprint('POST', '/a', { x: 1 }),
    requestFingerprint('PATCH', '/a', { x: 1 }),
    requestFingerprint('POST', '/b', { x: 1 }),
    requestFingerprint('POST', '/a', { x: 2 }),
  ]);
  expect(new Set(prints).size).toBe(4);
  expect(await requestFingerprint('POST', '/a', { x: 1 })).toBe(prints[0]);
});

test('a password leaves no trace', async () => {
  const [one, two] = [{ owner: { password: 'one' } }, { owner: { password: 'two' } }];
  expect(await requestFingerprint('POST', '/a', one)).toBe(await requestFingerprint('POST', '/a', two));
});
