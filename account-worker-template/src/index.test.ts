import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SECURITY_HEADERS } from '#shared-schema/http/headers.ts';
import { TestAccount } from '#test/support/account.ts';

let account: TestAccount;

beforeAll(async () => {
  account = await TestAccount.start();
});

afterAll(() => account.stop());

describe('every answer', () => {
  test.each(['/me', '/clients', '/nowhere', '/_platform/health', '/clients/not-an-id'])(
    'has the security headers and a request id: %s',
    async (path) => {
      const { headers } = await account.owner.get(path);
      expect(Object.fromEntries(headers)).toMatchObject(SECURITY_HEADERS);
      expect(headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    },
  );

  test("keeps the platform's request id, in the header and in the error", async () => {
    const answered = await account.owner.get('/nowhere', { 'x-request-id': 'req-1' });
    expect(answered.headers.get('x-request-id')).toBe('req-1');
    expect(answered.body.error.request_id).toBe('req-1');
  });

  test('has an id of its own where the one that was sent could be anything', async () => {
    const { headers } = await account.owner.get('/me', { 'x-request-id': 'a"b <script>' });
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('an address', () => {
  test.each([
    '/',
    '/nowhere',
    '/clients/',
    '/clients/a/b',
    '/sessions/refresh',
    '/password-resets',
    '/_platform',
  ])('that does not exist is a 404: %s', async (path) => {
    const { status, body } = await account.owner.get(path);
    expect(status).toBe(404);
    expect(body.error).toMatchObject({
      code: 'NOT_FOUND',
      message: 'There is nothing at this address.',
      context: {},
    });
  });

  test.each([
    ['PUT', '/clients', 'GET, HEAD, POST'],
    ['POST', '/clients/x', 'GET, HEAD, PATCH, DELETE'],
    ['OPTIONS', '/me', 'GET, HEAD'],
    ['GET', '/sessions/current', 'DELETE'],
    ['DELETE', '/changes', 'GET, HEAD'],
  ])('says what it takes instead of %s %s', async (method, path, allow) => {
    const { status, headers, body } = await account.owner.send(path, { method });
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe(allow);
    expect(body.error.code).toBe('METHOD_NOT_ALLOWED');
  });

  test('answers HEAD as GET, without the body', async () => {
    const head = await account.owner.send('/me', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: null });
    expect(head.headers.get('content-type')).toBe('application/json');
    expect((await account.owner.send(`/clients/${randomUUID()}`, { method: 'HEAD' })).status).toBe(404);
  });
});

describe('an error that we do not know', () => {
  test('answers INTERNAL with the request id and nothing of itself, and leaves one line in the log', async () => {
    const broken = await TestAccount.start();
    await broken.rows('ALTER TABLE clients RENAME TO lost_clients');
    const { status, body } = await broken.owner.get('/clients?email=jo@private.test', {
      'x-request-id': 'broken-1',
    });
    expect(status).toBe(500);
    expect(body.error).toEqual({
      code: 'INTERNAL',
      message: 'Something went wrong on our side. Quote the request id when you report it.',
      context: {},
      request_id: 'broken-1',
    });
    const lines = await broken.workers.waitForErrors(1);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'error',
      request_id: 'broken-1',
      stack_id: broken.stack.stackId,
      code: 'INTERNAL',
      stack: expect.stringContaining('no such table: clients'),
    });
    expect(lines[0]).not.toContain('private.test');
    expect(lines[0]).not.toContain(broken.owner.token);
    await broken.stop();
  });
});
