import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { expectAlike, expectNothingOf, expectSteady } from './support/isolation/alike.ts';
import { expectRefused } from './support/isolation/expect-refused.ts';
import { IsolationStage } from './support/isolation/isolation-stage.ts';
import { inWords } from './support/isolation/mounted-routes.ts';
import { accountCaller } from './support/isolation/prepare-operations.ts';
import { ADDRESS_FORMS } from './support/open-account.ts';
import { AUDIENCE, newSession, newUser } from './support/openapi/account-knowledge.ts';
import { sendOperation } from './support/openapi/caller.ts';
import { send } from './support/send.ts';

// What is tested is read from the documents, so the platform runs before the tests are named.
const stage = await IsolationStage.open();
afterAll(() => stage.close());
const { ours, theirs } = stage;
const [ourCaller, theirCaller] = await Promise.all([
  accountCaller(stage, ours),
  accountCaller(stage, theirs),
]);
const { contract } = ourCaller;
const colleague = (await newSession(theirs, await newUser(theirs, 'owner'))).access_token;

describe('a secret of another account', () => {
  /** What each open route says to one, and the same request with one that never was. */
  const asked: Readonly<Record<string, { code: ErrorCode; unknown: () => object | Promise<object> }>> = {
    logIn: {
      code: 'INVALID_CREDENTIALS',
      unknown: () => ({ email: 'no@one.example', password: 'a long password' }),
    },
    logInExternally: {
      code: 'INVALID_CREDENTIALS',
      unknown: async () => ({
        id_token: await stage.issuer.idToken({ aud: AUDIENCE, email: 'no@one.example' }),
      }),
    },
    refreshSession: {
      code: 'REFRESH_TOKEN_INVALID',
      unknown: () => ({ refresh_token: `${randomUUID()}.${'a'.repeat(43)}` }),
    },
    acceptInvitation: {
      code: 'ONE_TIME_TOKEN_INVALID',
      unknown: () => ({ token: 'a'.repeat(43), password: 'a long password' }),
    },
    completePasswordReset: {
      code: 'ONE_TIME_TOKEN_INVALID',
      unknown: () => ({ token: 'a'.repeat(43), new_password: 'a long password' }),
    },
  };
  const open = contract.operations.filter(
    ({ security, method }) => security.length === 0 && method === 'POST',
  );
  const opened = open.filter(({ operationId }) => operationId !== 'requestPasswordReset');
  const named = opened.map((operation) => ({ operation, title: inWords(operation) }));

  test.each(named)('opens nothing here by $title, and looks like none', async ({ operation }) => {
    const request = await theirCaller.goodRequest(operation);
    const { code, unknown } = asked[operation.operationId] ?? {};
    if (code === undefined || unknown === undefined) throw new Error('What does it say to a foreign secret?');
    const before = await stage.dump(ours);
    for (const form of ADDRESS_FORMS) {
      const foreign = await sendOperation(ours.url(form), operation, request);
      await expectRefused([['they', code, Promise.resolve(foreign)]]);
      expectAlike(
        await sendOperation(ours.url(form), operation, { ...request, json: await unknown() }),
        foreign,
      );
    }
    expect(await stage.dump(ours)).toStrictEqual(before);
    const answer = await sendOperation(theirs.url('path'), operation, request);
    expect(answer.status, answer.text).toBeLessThan(300);
  });

  test('gets no password reset here: the answer is the same, and no mail goes out', async () => {
    const email = String(theirs.session.user.email);
    const ask = (form: 'path' | 'host', json: object) =>
      send(`${ours.url(form)}/password-resets`, { method: 'POST', json });
    for (const form of ADDRESS_FORMS) {
      expectAlike(await ask(form, { email: 'no@one.example' }), await ask(form, { email }));
    }
    const { email: own } = await newUser(ours, 'member');
    expect((await ask('path', { email: own })).status).toBe(202);
    await stage.log.waitFor(own);
    expect(stage.log.of(email)).toStrictEqual([]);
  });
});

describe('headers of another account', () => {
  const taking = (header: string) =>
    contract.operations.filter((operation) =>
      contract.parameters(operation).some(({ name }) => name.toLowerCase() === header),
    );
  const names = (header: string) =>
    taking(header).map((operation) => ({ operation, title: inWords(operation) }));

  test.each(names('idempotency-key'))(
    '$title replays nothing of theirs, nor of a colleague',
    async ({ operation }) => {
      const headers = { 'idempotency-key': randomUUID() };
      const first = await theirCaller.send(operation, {
        ...(await theirCaller.goodRequest(operation)),
        headers,
      });
      expect(first.status, first.text).toBeLessThan(300);
      const here = await ourCaller.send(operation, { ...(await ourCaller.goodRequest(operation)), headers });
      const good = await theirCaller.goodRequest(operation);
      const there = await theirCaller.send(operation, { ...good, headers, token: colleague });
      for (const answer of [here, there]) {
        expect(answer.status, answer.text).toBe(first.status);
        expect(answer.headers.has('idempotency-replayed')).toBe(false);
        expectNothingOf([Object(first.body).id ?? 'no id'], answer);
      }
      expectNothingOf([theirs.account.id], here);
    },
  );

  test.each(names('x-d1-bookmark'))('$title is the same whosever bookmark comes', async ({ operation }) => {
    const json = { name: 'Newer' };
    const written = await theirs.send('/groups', { method: 'POST', json });
    const bookmark = written.headers.get('x-d1-bookmark') ?? '';
    const good = await ourCaller.goodRequest(operation);
    // An archive says in its checksums what time it is.
    const ask = (headers: Readonly<Record<string, string>>) =>
      ourCaller.send(operation, { ...good, headers: { accept: 'application/json', ...headers } });
    const plain = await ask({});
    const foreign = await ask({ 'x-d1-bookmark': bookmark });
    const unknown = await ask({ 'x-d1-bookmark': bookmark.replace(/[0-9a-f]{32}$/, 'f0'.repeat(16)) });
    expect(plain.status, plain.text).toBe(200);
    expectSteady(plain, foreign, unknown);
  });
});
