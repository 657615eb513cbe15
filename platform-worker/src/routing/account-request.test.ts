import { describe, expect, it } from 'vitest';
import { accountRequest, isControlPath } from './account-request.ts';

describe('isControlPath', () => {
  it.each([
    '/_platform',
    '/_platform/health',
    '/_PLATFORM/owner',
    '//_platform/health',
    '/./_platform/health',
    '/%5Fplatform/health',
    '/%5fplatform%2Fhealth',
  ])('knows %s', (path) => {
    expect(isControlPath(path)).toBe(true);
  });

  it.each(['/', '/clients', '/clients/_platform', '/_platformer', '/%'])('lets %s pass', (path) => {
    expect(isControlPath(path)).toBe(false);
  });
});

describe('accountRequest', () => {
  const facts = {
    path: '/clients/1',
    requestId: 'request-1',
    accountUrl: 'https://acme.freehold.example',
    workerName: 'fh-1',
  };

  it('keeps method, query and the headers that are the client’s own', () => {
    const sent = new Request('https://freehold.example/a/acme/clients/1?fields=id', {
      method: 'DELETE',
      headers: { 'if-match': '"1"' },
    });
    const forwarded = accountRequest(sent, new URL(sent.url), facts);
    expect(forwarded.url).toBe('https://fh-1/clients/1?fields=id');
    expect(forwarded.method).toBe('DELETE');
    expect(forwarded.headers.get('if-match')).toBe('"1"');
  });

  it('says itself what only the platform may say', () => {
    const sent = new Request('https://freehold.example/a/acme/clients/1', {
      headers: {
        'x-freehold-account-url': 'https://evil.example',
        'X-Freehold-Role': 'owner',
        'x-request-id': 'chosen by the client',
      },
    });
    const { headers } = accountRequest(sent, new URL(sent.url), facts);
    expect(headers.get('x-freehold-account-url')).toBe('https://acme.freehold.example');
    expect(headers.has('x-freehold-role')).toBe(false);
    expect(headers.get('x-request-id')).toBe('request-1');
  });
});
