import { describe, expect, test } from 'vitest';
import type { SigningKey, SigningKeySet } from '#shared-schema/tokens/signing-key.ts';
import { KEEP_PREVIOUS_MS, rotateKeys } from './rotate-keys.ts';
import { readSigningKeys } from './signing-keys.ts';

const NOW = 1_800_000_000_000;

function key(kid: string, since?: number): SigningKey {
  return {
    kty: 'OKP',
    crv: 'Ed25519',
    kid,
    x: `x-${kid}`,
    d: `d-${kid}`,
    ...(since !== undefined && { since }),
  };
}

const FIRST: SigningKeySet = { keys: [key('a'), key('b')] };

function rotate(set: SigningKeySet, fresh: string, now: number, leaked = false): SigningKeySet {
  return rotateKeys(set, { fresh: key(fresh), leaked, now });
}

function publishedAt(set: SigningKeySet, now: number) {
  return readSigningKeys(JSON.stringify(set))
    .publicKeysAt(now)
    .keys.map(({ kid }) => kid);
}

describe('a rotation', () => {
  test('signs with the next key, makes another next one, and keeps the one before', () => {
    expect(rotate(FIRST, 'c', NOW)).toStrictEqual({ keys: [key('b', NOW), key('c', NOW), key('a', NOW)] });
  });

  test('keeps every key whose tokens may still be in use', () => {
    const twice = rotate(rotate(FIRST, 'c', NOW), 'd', NOW + KEEP_PREVIOUS_MS - 1);
    expect(twice.keys.map(({ kid }) => kid)).toStrictEqual(['c', 'd', 'b', 'a']);
  });

  test('drops a key once its tokens are over', () => {
    const twice = rotate(rotate(FIRST, 'c', NOW), 'd', NOW + KEEP_PREVIOUS_MS);
    expect(twice.keys.map(({ kid }) => kid)).toStrictEqual(['c', 'd', 'b']);
  });

  test('keeps nothing of what leaked', () => {
    const twice = rotate(rotate(FIRST, 'c', NOW), 'd', NOW + 1, true);
    expect(twice.keys.map(({ kid }) => kid)).toStrictEqual(['c', 'd']);
  });
});

describe('the public keys', () => {
  test('hold no private part', () => {
    const { publicKeys } = readSigningKeys(JSON.stringify(rotate(FIRST, 'c', NOW)));
    expect(publicKeys.keys.map((one) => Object.keys(one).sort())).toStrictEqual(
      publicKeys.keys.map(() => ['alg', 'crv', 'kid', 'kty', 'use', 'x']),
    );
  });

  test('are published while tokens of theirs may be in use', () => {
    const once = rotate(FIRST, 'c', NOW);
    expect(publishedAt(once, NOW + KEEP_PREVIOUS_MS - 1)).toStrictEqual(['b', 'c', 'a']);
    expect(publishedAt(once, NOW + KEEP_PREVIOUS_MS)).toStrictEqual(['b', 'c']);
  });

  test('are two at least: without a next one nothing could be rotated', () => {
    expect(() => readSigningKeys(JSON.stringify({ keys: [key('a')] }))).toThrow();
  });
});
