import { describe, expect, it } from 'vitest';
import { accountAddress, accountUrl } from './account-address.ts';

const DOMAIN = 'freehold.example';

describe('accountAddress', () => {
  it.each([
    ['https://acme.freehold.example/clients?x=1', 'acme', '/clients', 'https://acme.freehold.example'],
    ['https://acme.freehold.example/', 'acme', '/', 'https://acme.freehold.example'],
    [
      'https://acme.freehold.example/a/other/clients',
      'acme',
      '/a/other/clients',
      'https://acme.freehold.example',
    ],
    ['https://freehold.example/a/acme/clients', 'acme', '/clients', 'https://freehold.example/a/acme'],
    ['https://freehold.example/a/acme', 'acme', '/', 'https://freehold.example/a/acme'],
    ['https://freehold.example/a/acme//clients', 'acme', '//clients', 'https://freehold.example/a/acme'],
    ['https://x.y.freehold.example/', 'x.y', '/', 'https://x.y.freehold.example'],
  ])('finds the account of %s', (text, slug, path, url) => {
    expect(accountAddress(new URL(text), DOMAIN)).toEqual({ slug, path, url });
  });

  it.each([
    'https://freehold.example/accounts',
    'https://freehold.example/a/',
    'https://freehold.example/a',
    'https://freehold.example/',
    'https://evilfreehold.example/clients',
    'https://elsewhere.example/accounts',
  ])('leaves %s to the platform', (text) => {
    expect(accountAddress(new URL(text), DOMAIN)).toBeNull();
  });
});

describe('accountUrl', () => {
  it.each([
    ['host', 'http://localhost:8787', 'localhost', 'http://acme.localhost:8787'],
    ['host', 'https://freehold.example', 'freehold.example', 'https://acme.freehold.example'],
    ['path', 'http://localhost:8787', 'localhost', 'http://localhost:8787/a/acme'],
  ] as const)('names the account in the %s form', (form, platformUrl, platformDomain, url) => {
    expect(accountUrl('acme', { form, platformUrl, platformDomain })).toBe(url);
  });
});
