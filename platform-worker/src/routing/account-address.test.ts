import { describe, expect, it } from 'vitest';
import { accountAddress, accountUrl, mailedUrl } from './account-address.ts';

const HOSTS = {
  platformUrl: 'https://console.freehold.example',
  platformDomain: 'freehold.example',
  otherHosts: ['127.0.0.1', '[::1]'],
};

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
    expect(accountAddress(new URL(text), HOSTS)).toEqual({ name: { by: 'slug', name: slug }, path, url });
  });

  it.each([
    'https://freehold.example/accounts',
    'https://freehold.example/a/',
    'https://freehold.example/a',
    'https://freehold.example/',
    'https://console.freehold.example/admin/accounts',
    'http://127.0.0.1:8787/admin/accounts',
    'http://[::1]/health',
  ])('leaves %s to the platform', (text) => {
    expect(accountAddress(new URL(text), HOSTS)).toBeNull();
  });

  it.each([
    ['https://app.hart-law.co.uk/clients?x=1', 'app.hart-law.co.uk', '/clients'],
    ['https://APP.Hart-Law.co.uk:8443/', 'app.hart-law.co.uk', '/'],
    ['https://app.hart-law.co.uk/a/other/clients', 'app.hart-law.co.uk', '/a/other/clients'],
    ['https://elsewhere.example/admin/accounts', 'elsewhere.example', '/admin/accounts'],
    ['https://evilfreehold.example/accounts', 'evilfreehold.example', '/accounts'],
    ['https://freehold.example./accounts', 'freehold.example.', '/accounts'],
    ['http://127.0.0.2/accounts', '127.0.0.2', '/accounts'],
    ['https://acme/clients', 'acme', '/clients'],
  ])('takes the host of %s for a hostname, never for the platform', (text, name, path) => {
    const url = `https://${name}`;
    expect(accountAddress(new URL(text), HOSTS)).toEqual({ name: { by: 'hostname', name }, path, url });
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

describe('mailedUrl', () => {
  const options = { ...HOSTS, form: 'host' } as const;
  const mailed = (text: string) => {
    const address = accountAddress(new URL(text), HOSTS);
    return address && mailedUrl(address, 'acme', options);
  };

  it('names the custom hostname that was used, and no port that only the caller says', () => {
    expect(mailed('https://app.hart-law.co.uk:1337/x')).toBe('https://app.hart-law.co.uk');
  });

  it('names what the configuration says where the request came by the slug', () => {
    expect(mailed('https://acme.freehold.example:1337/x')).toBe('https://acme.freehold.example');
    expect(mailed('https://freehold.example/a/acme/x')).toBe('https://acme.freehold.example');
  });
});
