import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestPlatform } from './support/local-platform.ts';
import { expectRefusal } from './support/refusal.ts';
import { send } from './support/send.ts';

const UNKNOWN = '0194a1b2-0000-7000-8000-000000000000';
const ADMIN_ROUTES = [
  ...['GET /admin/accounts', `GET /admin/accounts/${UNKNOWN}`, 'GET /admin/accounts/acme'],
  ...['GET /admin/stacks', `GET /admin/stacks/${UNKNOWN}`],
  ...['GET /admin/operations', `GET /admin/operations/${UNKNOWN}`],
  ...[`POST /admin/operations/${UNKNOWN}/run`, `POST /admin/operations/${UNKNOWN}/retry`],
  ...['GET /admin/providers', `GET /admin/providers/${UNKNOWN}`, 'POST /admin/providers'],
  ...['GET /admin/releases', 'POST /admin/releases', 'GET /admin/events'],
  ...['GET /admin/releases/nothing', 'GET /admin/releases/nothing/bundle'],
  ...['GET /admin/keys', 'POST /admin/keys/rotate', 'POST /admin/keys/distribute'],
  ...['GET /admin', 'GET /admin/', 'GET /admin/nothing', 'DELETE /admin/accounts'],
];

let platform: Awaited<ReturnType<typeof startTestPlatform>>;

beforeAll(async () => {
  platform = await startTestPlatform();
});
afterAll(() => platform?.stop());

function ask(route: string, authorization?: string) {
  const [method = '', path = ''] = route.split(' ');
  const headers = authorization === undefined ? {} : { authorization };
  return send(`${platform.instance.url}${path}`, { method, headers });
}

describe.each(ADMIN_ROUTES)('%s', (route) => {
  test('is closed to who has no admin token', async () => {
    const good = platform.instance.admin_token;
    expectRefusal(await ask(route), 'TOKEN_MISSING');
    expectRefusal(await ask(route, `Basic ${good}`), 'TOKEN_MISSING');
    for (const wrong of ['wrong', good.slice(0, -1), `${good}x`, good.toLowerCase(), good.toUpperCase()]) {
      expectRefusal(await ask(route, `Bearer ${wrong}`), 'ADMIN_TOKEN_INVALID');
    }
    const inQuery = await ask(`${route}?token=${good}&access_token=${good}`);
    expectRefusal(inQuery, 'TOKEN_MISSING');
  });
});

test.each([
  ...[
    '/nothing',
    '/accounts/acme',
    '/operations',
    '/Health',
    '/health/',
    '/.well-known/nothing',
    '/admin/nothing',
  ],
  ...['/a', '/accounts//', '/%00', '/%ff', '/favicon.ico', '/providers/x/y'],
])('nothing is at %s', async (path) => {
  expectRefusal(await ask(`GET ${path}`, `Bearer ${platform.instance.admin_token}`), 'NOT_FOUND');
});

test.each([
  ['/admin/accounts/nobody', 'ACCOUNT_NOT_FOUND'],
  [`/admin/accounts/${UNKNOWN}`, 'ACCOUNT_NOT_FOUND'],
  [`/admin/stacks/${UNKNOWN}`, 'STACK_NOT_FOUND'],
  [`/admin/operations/${UNKNOWN}`, 'OPERATION_NOT_FOUND'],
  [`/operations/${UNKNOWN}`, 'OPERATION_NOT_FOUND'],
  ['/operations/nothing', 'OPERATION_NOT_FOUND'],
  [`/admin/providers/${UNKNOWN}`, 'PROVIDER_NOT_FOUND'],
  ['/a/nobody', 'ACCOUNT_NOT_FOUND'],
  ['/a/nobody/clients', 'ACCOUNT_NOT_FOUND'],
  ['/a/NOBODY/clients', 'ACCOUNT_NOT_FOUND'],
  ['/a/no%20body/clients', 'ACCOUNT_NOT_FOUND'],
] as const)('what is looked for at %s is not there', async (path, code) => {
  expectRefusal(await ask(`GET ${path}`, `Bearer ${platform.instance.admin_token}`), code);
});

test('a live stream of an operation that is not there is refused', async () => {
  const answer = await send(`${platform.instance.url}/operations/${UNKNOWN}`, {
    headers: { accept: 'text/event-stream' },
  });
  expectRefusal(answer, 'OPERATION_NOT_FOUND');
});

test.each([
  ['GET /accounts', 'POST'],
  ['PUT /accounts', 'POST'],
  ['DELETE /accounts', 'POST'],
  ['POST /health', 'GET'],
  ['POST /providers', 'GET'],
  [`DELETE /providers/${UNKNOWN}`, 'GET'],
  [`POST /operations/${UNKNOWN}`, 'GET'],
  ['POST /.well-known/jwks.json', 'GET'],
  ['POST /admin/accounts', 'GET'],
  ['PUT /admin/providers', 'GET, POST'],
  [`GET /admin/operations/${UNKNOWN}/run`, 'POST'],
])('%s is the wrong method, and the answer says which are right', async (route, allowed) => {
  const answer = await ask(route, `Bearer ${platform.instance.admin_token}`);
  expect(answer).toMatchObject({ status: 405, body: { error: { code: 'METHOD_NOT_ALLOWED' } } });
  const methods = (answer.headers.get('allow') ?? '').split(', ').filter((method) => method !== 'HEAD');
  expect(methods).toStrictEqual(allowed.split(', '));
});

test('the platform says that it is well', async () => {
  const answer = await ask('GET /health');
  expect(answer).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'application/json',
    'x-content-type-options': 'nosniff',
    'x-request-id': expect.any(String),
  });
});
