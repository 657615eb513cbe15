import { describe, expect, test } from 'vitest';
import { readTrustedIssuers } from '#platform-worker/external-identity/trusted-issuers.ts';

const ISSUER = {
  issuer: 'https://id.example',
  jwks_uri: 'https://id.example/keys',
  audience: ['client'],
  algorithms: ['RS256'],
  accounts: ['acme'],
};

const read = (...issuers: readonly object[]) => readTrustedIssuers(JSON.stringify(issuers));

test('no issuer, one, and one for this machine are read', () => {
  expect(read()).toEqual([]);
  expect(read(ISSUER)).toEqual([{ ...ISSUER, cooldown_seconds: 30 }]);
  expect(read({ ...ISSUER, jwks_uri: 'http://127.0.0.1:9000/keys', accounts: 'all' })).toHaveLength(1);
});

describe('the Worker does not start with', () => {
  test.each([
    ['HS256', { algorithms: ['HS256'] }],
    ['none', { algorithms: ['none'] }],
    ['no algorithm', { algorithms: [] }],
    ['no audience', { audience: [] }],
    ['keys without TLS', { jwks_uri: 'http://id.example/keys' }],
    ['keys of a file', { jwks_uri: 'file:///keys' }],
    ['no account', { accounts: [] }],
    ['accounts that are no slugs', { accounts: ['*'] }],
    ['an empty issuer', { issuer: '' }],
    ['a field that is not known', { algorithm: 'RS256' }],
  ])('an issuer with %s', (_what, changes) => {
    expect(() => read({ ...ISSUER, ...changes })).toThrow();
  });

  test('what is no list', () => {
    expect(() => readTrustedIssuers('{}')).toThrow();
    expect(() => readTrustedIssuers('')).toThrow();
  });

  test('one issuer twice for the same account', () => {
    const twice = 'TRUSTED_ISSUERS names https://id.example twice for the same account.';
    expect(() => read(ISSUER, { ...ISSUER, audience: ['other'] })).toThrow(twice);
    expect(() => read(ISSUER, { ...ISSUER, accounts: 'all' })).toThrow(twice);
    expect(read(ISSUER, { ...ISSUER, accounts: ['other'] })).toHaveLength(2);
    expect(read(ISSUER, { ...ISSUER, issuer: 'https://other.example' })).toHaveLength(2);
  });
});
