import { describe, expect, it } from 'vitest';
import { hostnameSchema } from './hostname.ts';

function problem(hostname: unknown): string | undefined {
  return hostnameSchema.safeParse(hostname).error?.issues[0]?.message;
}

describe('hostnameSchema', () => {
  it.each([
    ['app.hart-law.co.uk', 'app.hart-law.co.uk'],
    ['APP.Hart-Law.CO.UK', 'app.hart-law.co.uk'],
    ['hart.dev', 'hart.dev'],
    ['xn--bcher-kva.de', 'xn--bcher-kva.de'],
    ['1.hart.xn--p1ai', '1.hart.xn--p1ai'],
    [`${'a'.repeat(63)}.dev`, `${'a'.repeat(63)}.dev`],
  ])('takes %s', (given, kept) => expect(hostnameSchema.parse(given)).toBe(kept));

  const NONE = 'This is not a host name, such as app.hart-law.co.uk.';
  it.each([
    ['', NONE],
    ['hart', 'This is not a public host name, such as app.hart-law.co.uk.'],
    ['hart.dev.', NONE],
    ['.hart.dev', NONE],
    ['-a.hart.dev', NONE],
    ['a_b.hart.dev', NONE],
    ['a b.dev', NONE],
    ['hart.dev/path', NONE],
    ['ann@hart.dev', NONE],
    ['hart.123', NONE],
    ['0x7f.0x1', NONE],
    [`${'a'.repeat(64)}.dev`, NONE],
    [`${'a.'.repeat(126)}dev`, 'A host name has at most 253 characters.'],
    ['bücher.de', 'Send the name in punycode, as a browser sends it: bücher.de is xn--bcher-kva.de.'],
    ['*.hart.dev', 'A wildcard is not possible: add each host name by itself.'],
    ['127.0.0.1', 'This is an address or has a port: send a host name alone.'],
    ['[::1]', 'This is an address or has a port: send a host name alone.'],
    ['hart.dev:443', 'This is an address or has a port: send a host name alone.'],
    ['localhost', 'This name is reserved: nobody can own it.'],
    ['app.localhost', 'This name is reserved: nobody can own it.'],
    ['app.example.org', 'This name is reserved: nobody can own it.'],
    ['app.test', 'This name is reserved: nobody can own it.'],
  ])('refuses %j', (given, message) => expect(problem(given)).toBe(message));
});
