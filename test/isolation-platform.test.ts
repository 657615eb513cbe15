import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { platformApp } from '#platform-worker/http/platform-app.ts';
import { expectAlike } from './support/isolation/alike.ts';
import { expectRefused } from './support/isolation/expect-refused.ts';
import { intruders } from './support/isolation/intruders.ts';
import { IsolationStage } from './support/isolation/isolation-stage.ts';
import { inWords, mounted, routesOfAccountWorker } from './support/isolation/mounted-routes.ts';
import { outsiders } from './support/isolation/outsiders.ts';
import { accountCaller, prepareOperations } from './support/isolation/prepare-operations.ts';
import { needsToken, type PreparedOperation, titled } from './support/isolation/prepared-operation.ts';
import { SPELLINGS } from './support/isolation/spellings.ts';
import { ADDRESS_FORMS } from './support/open-account.ts';
import { Caller, sendOperation } from './support/openapi/caller.ts';
import { Contract } from './support/openapi/contract.ts';
import { platformKnowledge } from './support/openapi/platform-knowledge.ts';
import { claimsOf } from './support/platform-signer.ts';
import { expectInvalidFields } from './support/refusal.ts';
import { type SendOptions, send } from './support/send.ts';
import { signUp, untilActive } from './support/sign-up.ts';

/** Answered under an account's address, and put before strangers by file-isolation.test.ts. */
const FILES: Readonly<Record<string, string>> = {
  'GET /a/{slug}/files/{token}': 'its address is its token',
  'HEAD /a/{slug}/files/{token}': 'its address is its token',
  'PUT /a/{slug}/files/{token}': 'its address is its token',
};

/** Routes of the platform that anybody may call, and why. */
const OPEN: Readonly<Record<string, string>> = {
  'GET /health': 'it says nothing of anybody',
  'POST /accounts': 'it is how one begins',
  'GET /operations/{id}': 'whoever signed up follows it, by an id that nobody guesses',
  'GET /providers': 'the directory is public',
  'GET /providers/{id}': 'the directory is public',
  'GET /.well-known/jwks.json': 'the keys are public',
  'GET /openapi.json': 'it describes, and holds nothing',
  'GET /docs': 'as the document that it shows',
  ...FILES,
};

// What is tested is read from the Workers themselves, so the platform runs before the tests are named.
const stage = await IsolationStage.open();
afterAll(() => stage.close());
const { ours, theirs } = stage;
const { instance } = stage.platform;
const accepted = await signUp(instance, 'accepted');
await untilActive(instance, accepted);
const platformCaller = new Caller({
  contract: new Contract((await send(`${instance.url}/openapi.json`)).body),
  url: instance.url,
  token: instance.admin_token,
  knowledge: platformKnowledge({ instance, accepted, account: theirs }),
});
const [routesOfWorker, { contract }, adminOperations] = await Promise.all([
  routesOfAccountWorker(),
  accountCaller(stage, theirs),
  prepareOperations(platformCaller),
]);
const operations = contract.operations.map((operation) =>
  titled({ operation, request: { id: randomUUID() } }),
);
const guarded = adminOperations.filter(needsToken).map(titled);
const everyIntruder = await intruders(stage);
const everyOutsider = await outsiders(stage, everyIntruder);
const control = await stage.sign({ ...claimsOf(theirs.session.access_token), scope: 'control' });

describe('every route of the platform Worker', () => {
  test('is described, and so falls to these tests', () => {
    const described = platformCaller.contract.operations.map(inWords);
    const routes = [...mounted(platformApp.routes), ...Object.keys(FILES)];
    expect(described.sort()).toStrictEqual(routes.sort());
  });

  test('lies below /admin and asks for the admin token, or is listed as open', () => {
    const open = adminOperations.filter((one) => !needsToken(one)).map(({ operation }) => inWords(operation));
    expect(open.sort()).toStrictEqual(Object.keys(OPEN).sort());
    for (const { operation } of guarded) expect(operation.path).toMatch(/^\/admin\//);
  });
});

describe('an operator’s route', () => {
  const sendAs = (
    { operation, request }: PreparedOperation,
    options: Pick<SendOptions, 'token' | 'headers'>,
  ) => sendOperation(instance.url, operation, { ...request, token: undefined, ...options });

  test.each(guarded)('$title is nobody’s but an operator’s', async (attacked) => {
    const before = await stage.dumpRegistry();
    await expectRefused(everyOutsider.map((one) => [one.who, one.code, sendAs(attacked, one)]));
    expect(await stage.dumpRegistry()).toStrictEqual(before);
  });

  test.each(guarded)(
    '$title is no other’s by another spelling',
    async ({ operation, request: { id = '' } }) => {
      const path = operation.path.replace(/\{\w+\}/, id);
      for (const spelled of SPELLINGS) {
        const { status, text } = await send(`${instance.url}${spelled(path)}`, { method: operation.method });
        expect([401, 404], `${spelled(path)}: ${text}`).toContain(status);
      }
    },
  );

  test.each(guarded)('$title is not there under an account’s address, whoever asks', async (attacked) => {
    const { operation, request } = attacked;
    for (const form of ADDRESS_FORMS) {
      const asked = (token: string) =>
        sendOperation(theirs.url(form), operation, { ...request, token, json: undefined });
      await expectRefused([
        ['the operator', 'TOKEN_INVALID', asked(instance.admin_token)],
        ['a user', 'NOT_FOUND', asked(theirs.session.access_token)],
      ]);
    }
  });

  test.each(guarded)('$title is there for the operator', async ({ operation, request }) => {
    const answer = await sendOperation(instance.url, operation, { ...request, token: instance.admin_token });
    const never = operation.operationId === 'adminRetryOperation';
    const promised = never ? 409 : Number(Object.keys(operation.responses)[0]);
    // One rollout is under way at a time, and the others of these requests may be.
    const busy = /ollout$/.test(operation.operationId) ? [409] : [];
    expect([promised, ...busy], answer.text).toContain(answer.status);
  });
});

describe('a control call', () => {
  const calls = routesOfWorker
    .filter((route) => / \/_platform\//.test(route))
    .map((title) => ({ title, method: title.split(' ')[0] ?? '', path: title.split(' ')[1] ?? '' }));

  test.each(calls)(
    '$title is not there from outside, in either form and any spelling',
    async ({ method, path }) => {
      for (const form of ADDRESS_FORMS) {
        const token = theirs.session.access_token;
        const nowhere = await send(`${theirs.url(form)}/nowhere`, { method, token });
        const spelled = SPELLINGS.map((spell) => `${theirs.url(form)}${spell(path)}`);
        const sent = spelled.flatMap((url) =>
          [undefined, token, control, ours.session.access_token].map((token) => send(url, { method, token })),
        );
        await expectRefused([['nobody', 'NOT_FOUND', Promise.resolve(nowhere)]]);
        expectAlike(nowhere, ...(await Promise.all(sent)));
      }
    },
  );

  test.each(calls)(
    '$title is at the account Worker for nobody without a control token',
    async ({ method, path }) => {
      const at = (token: string | undefined, to: string) =>
        send(`${stage.url(theirs, 'direct')}${to}`, {
          method,
          token,
          headers: stage.headers(theirs, 'direct'),
        });
      const claims = { ...claimsOf(theirs.session.access_token), scope: 'control' };
      const now = Math.floor(Date.now() / 1000);
      const tokens = [
        ...everyIntruder.filter(({ who }) => !who.startsWith('a control token')).map(({ token }) => token),
        theirs.session.access_token,
        await stage.sign({ ...claims, aud: stage.stackOf(ours).id }),
        await stage.sign({ ...claims, iat: now - 61, exp: now - 1 }),
        await stage.sign({ ...claims, iss: 'https://elsewhere.example' }),
      ];
      const nowhere = await at(undefined, '/nowhere');
      await expectRefused([['nobody', 'NOT_FOUND', Promise.resolve(nowhere)]]);
      expectAlike(nowhere, ...(await Promise.all(tokens.map((token) => at(token, path)))));
    },
  );

  test.each(calls)('$title is there for the platform', async ({ method, path }) => {
    const url = `${stage.url(theirs, 'direct')}${path}`;
    const answer = await send(url, {
      method: 'OPTIONS',
      token: control,
      headers: stage.headers(theirs, 'direct'),
    });
    expect(answer).toMatchObject({
      status: 405,
      body: { error: { context: { allow: expect.arrayContaining([method]) } } },
    });
  });
});

describe('a request with two addresses', () => {
  const hostOf = (account: typeof ours) => new URL(account.url('host')).host;

  test.each(operations)('$title is served by the host, whatever the path says', async (attacked) => {
    const { operation, request } = attacked;
    const asked = (url: string, host: string, token?: string) =>
      sendOperation(url, operation, { ...request, token, json: undefined, headers: { host } });
    const [path, own, foreign] = [ours.url('path'), hostOf(ours), hostOf(theirs)];
    const token = ours.session.access_token;
    await expectRefused([
      ['we at our host', 'NOT_FOUND', asked(theirs.url('path'), own, token)],
      ['nobody at our host', 'TOKEN_MISSING', asked(theirs.url('path'), own)],
      ['we at their host', 'ACCOUNT_NOT_FOUND', asked(path, foreign, token)],
      ['nobody at their host', 'TOKEN_MISSING', asked(path, foreign)],
    ]);
  });

  test.each(operations.filter(needsToken))(
    '$title is no other account’s at a strange host',
    async (attacked) => {
      const { operation, request } = attacked;
      for (const host of [
        'evil.example',
        'ours.evil.example',
        'ours.localhost.evil.example',
        'localhost.',
        '[::1]',
      ]) {
        const answer = sendOperation(theirs.url('path'), operation, {
          ...{ ...request, token: ours.session.access_token },
          headers: { host, 'x-forwarded-host': hostOf(ours), forwarded: `host=${hostOf(ours)}` },
        });
        await expectRefused([[host, 'ACCOUNT_NOT_FOUND', answer]]);
      }
    },
  );

  test.each([
    '/a/ours/../theirs',
    '/a/ours/%2e%2e/theirs',
    '/a/./theirs',
    '/a/theirs/x/..',
    '/a/ours/./../theirs',
  ])('is for the account that %s leads to', async (path) => {
    const answer = send(`${instance.url}${path}/clients`, { token: ours.session.access_token });
    await expectRefused([[path, 'ACCOUNT_NOT_FOUND', answer]]);
  });

  test.each([
    '/a/THEIRS',
    '/a//theirs',
    '/a/%74heirs',
    '/A/theirs',
    '//a/theirs',
    '/a/ours%2f..%2ftheirs',
    '/a/theirs%00',
  ])('finds nothing at %s, though the token is good', async (path) => {
    const { status, text } = await send(`${instance.url}${path}/clients`, {
      token: theirs.session.access_token,
    });
    expect([status, Object(JSON.parse(text)).error.code]).toSatisfy(
      ([status, code]: [number, string]) =>
        status === 404 && ['ACCOUNT_NOT_FOUND', 'NOT_FOUND'].includes(code),
    );
  });

  test.each(['ours.localhost:1.example', 'a b', 'localhost:99999', '%', 'ours.localhost:x'])(
    'is refused where the host is none: %s',
    async (host) => {
      for (const path of ['/health', '/a/theirs/clients', '/nowhere']) {
        expectInvalidFields(await send(`${instance.url}${path}`, { headers: { host } }), 'host');
      }
    },
  );
});
