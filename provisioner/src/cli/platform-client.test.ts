import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { PlatformClient } from './platform-client.ts';

/** What reading throws where a platform answers so. */
async function thrownBy(answer: (response: ServerResponse) => unknown): Promise<unknown> {
  const server = createServer((_, response) => {
    answer(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const client = new PlatformClient({ url: `http://127.0.0.1:${port}`, adminToken: 'any' });
  try {
    return await client.get('/').catch((error: unknown) => error);
  } finally {
    server.close();
  }
}

const refusal = (status: number, code: string, context: object) => (response: ServerResponse) =>
  response
    .writeHead(status)
    .end(JSON.stringify({ error: { code, message: 'So it is.', context, request_id: 'r' } }));

test('says what to do next, with what the answer names', async () => {
  expect(await thrownBy(refusal(409, 'OPERATION_IN_PROGRESS', { operation_id: 'o-1' }))).toMatchObject({
    ...{ code: 'OPERATION_IN_PROGRESS', requestId: 'r', retryable: false },
    next: 'Follow that one: freehold operations watch o-1',
  });
  expect(await thrownBy(refusal(409, 'OPERATION_IN_PROGRESS', {}))).toMatchObject({
    next: 'Follow that one: freehold operations watch <operation_id>',
  });
});

test.each([
  [503, 'REGISTRY_UNAVAILABLE', true],
  [429, 'RATE_LIMITED', true],
  [500, 'INTERNAL', true],
  [401, 'ADMIN_TOKEN_INVALID', false],
  [404, 'ROLLOUT_NOT_FOUND', false],
])('takes %i %s for what passes by itself: %s', async (status, code, retryable) => {
  expect(await thrownBy(refusal(status, code, {}))).toMatchObject({ code, retryable });
});

test('takes an answer of something else, or half of one, for no answer', async () => {
  const gateway = (response: ServerResponse) => response.writeHead(502).end('<h1>Bad gateway</h1>');
  expect(await thrownBy(gateway)).toMatchObject({ code: 'HTTP_502', retryable: true });
  const cut = (response: ServerResponse) => {
    response.writeHead(200, { 'content-length': 100 }).write('{"data":', () => response.destroy());
  };
  expect(await thrownBy(cut)).toMatchObject({ code: 'NOT_REACHED', retryable: true });
});
