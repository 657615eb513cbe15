import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { platformApp } from '#platform-worker/http/platform-app.ts';
import { OPEN_ROUTES } from '#platform-worker/routing/serve-account.ts';
import { ERROR_CODES, type ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { expectAlike, expectNothingOf, expectSteady } from './support/isolation/alike.ts';
import { foreignFilters, foreignPaths, foreignReferences } from './support/isolation/foreign-values.ts';
import { CHOSEN_TOKEN_SHA256, type Intruder, internalHeaders, intruders } from './support/isolation/intruders.ts';
import { type Door, IsolationStage } from './support/isolation/isolation-stage.ts';
import { inWords, mounted, routesOfAccountWorker } from './support/isolation/mounted-routes.ts';
import { outsiders } from './support/isolation/outsiders.ts';
import {
  accountCaller,
  needsToken,
  type PreparedOperation,
  prepareOperations,
  titled,
} from './support/isolation/prepare-operations.ts';
import { SPELLINGS } from './support/isolation/spellings.ts';
import { ADDRESS_FORMS, type OpenAccount } from './support/open-account.ts';
import { newSession, newUser } from './support/openapi/account-knowledge.ts';
import { Caller, type OperationRequest, sendOperation } from './support/openapi/caller.ts';
import { Contract } from './support/openapi/contract.ts';
import { platformKnowledge } from './support/openapi/platform-knowledge.ts';
import { claimsOf } from './support/platform-signer.ts';
import { expectRefusal } from './support/refusal.ts';
import { type Answer, type SentHeaders, send } from './support/send.ts';
import { signUp, untilActive } from './support/sign-up.ts';

const DOORS: readonly Door[] = [...ADDRESS_FORMS, 'direct'];

/** Routes of an account that ask for no token, and what they ask for in its place. */
const OPEN_AT_ACCOUNTS: Readonly<Record<string, string>> = {
  'POST /sessions': 'a password',
  'POST /sessions/external': 'an ID token',
  'POST /sessions/refresh': 'a refresh token',
  'POST /invitations/accept': 'a one-time token',
  'POST /password-resets': 'nothing: it tells and changes nothing but what goes into a mail to the user',
  'POST /password-resets/complete': 'a one-time token',
  'GET /openapi.json': 'nothing: it is the same text for every account of a release',
  'GET /docs': 'nothing: as the document that it shows',
};

/** Routes of the platform that anybody may call. */
const OPEN_AT_PLATFORM: Readonly<Record<string, string>> = {
  'GET /health': 'says nothing of anybody',
  'POST /accounts': 'signing up',
  'GET /operations/{id}': 'whoever signed up follows it, by an id that nobody guesses',
  'GET /providers': 'the directory is public',
  'GET /providers/{id}': 'the directory is public',
  'GET /.well-known/jwks.json': 'public keys',
  'GET /openapi.json': 'the description',
  'GET /docs': 'the description',
};

/** Routes of an account that every user has, whatever their role: each is about the user's own session, or only reads. */
const OF_EVERY_ROLE = ['DELETE /sessions', 'DELETE /sessions/current', 'GET /me', 'POST /me/password', 'GET /changes'];

// What is tested is read from the Workers themselves, so the platform runs before the tests are named.
const stage = await IsolationStage.open();
afterAll(() => stage.close());
const { ours, theirs } = stage;
const { instance } = stage.platform;

const caller = await accountCaller(stage, ours);
const theirCaller = await accountCaller(stage, theirs);
const prepared = { ours: await prepareOperations(caller), theirs: await prepareOperations(theirCaller) };
const routesOfWorker = await routesOfAccountWorker();
const accepted = await signUp(instance, 'accepted');
await untilActive(instance, accepted);
const platformCaller = new Caller({
  contract: new Contract((await send(`${instance.url}/openapi.json`)).body),
  url: instance.url,
  token: instance.admin_token,
  knowledge: platformKnowledge({ instance, accepted }),
});
const preparedAdmin = (await prepareOperations(platformCaller)).filter(needsToken);
const SHARED_KEY = randomUUID();
const keyed = caller.contract.operations.filter((operation) =>
  caller.contract.parameters(operation).some(({ name }) => name === 'Idempotency-Key'),
);
for (const operation of keyed) {
  const good = await theirCaller.goodRequest(operation, true);
  await theirCaller.send(operation, { ...good, headers: { 'idempotency-key': `${SHARED_KEY} ${operation.operationId}` } });
}
const roles: Readonly<Record<string, string>> = Object.fromEntries(
  await Promise.all(
    ['viewer', 'member', 'admin'].map(async (role) => [
      role,
      (await newSession(theirs, await newUser(theirs, role))).access_token,
    ]),
  ),
);
const everyIntruder = await intruders(stage);
const everyOutsider = await outsiders(stage, everyIntruder);
const theirBookmark = (await theirs.send('/groups', { method: 'POST', json: { name: 'Last' } })).headers.get('x-d1-bookmark');
/** What may be found in no answer to anybody else. */
const marksOfTheirs = [
  theirs.account.id,
  stage.stackOf(theirs).id,
  theirs.session.user.id,
  ...prepared.theirs.flatMap(({ request }) => request.id ?? []),
];
const [before, theirsBefore] = [await everything(), await stage.dump(theirs)];

async function everything() {
  const accounts = [ours, theirs, stage.suspended, stage.deleted];
  return [await stage.dumpRegistry(), ...(await Promise.all(accounts.map((account) => stage.dump(account))))];
}

function sendTo(
  account: OpenAccount,
  door: Door,
  { operation, request }: PreparedOperation,
  { token, headers = {} }: { readonly token?: string | undefined; readonly headers?: SentHeaders | undefined },
): Promise<Answer> {
  const sent = { ...request.headers, ...stage.headers(account, door), ...headers };
  return sendOperation(stage.url(account, door), operation, { ...request, token, headers: sent });
}

/** By what they are called, each of these is refused with this code. */
async function expectRefused(answers: readonly (readonly [who: string, code: ErrorCode, answer: Promise<Answer>])[]) {
  for (const [who, code, promised] of answers) {
    const answer = await promised;
    const refused = Object(answer.body).error?.code;
    expect(`${who}: ${refused}`, answer.text).toBe(`${who}: ${code}`);
    expectRefusal(answer, code);
  }
}

describe('every route of the account Worker', () => {
  test('is described, and so falls to these tests, or is a control call', () => {
    const control = routesOfWorker.filter((route) => / \/_platform\//.test(route));
    const described = prepared.theirs.map(({ operation }) => inWords(operation));
    const byPlatform = Object.keys(OPEN_ROUTES).map((path) => `POST ${path}`);
    expect([...described, ...control].sort()).toStrictEqual([...routesOfWorker, ...byPlatform].sort());
  });

  test('asks for a token, or is listed as open', () => {
    const open = prepared.theirs.filter((one) => !needsToken(one)).map(({ operation }) => inWords(operation));
    expect(open.sort()).toStrictEqual(Object.keys(OPEN_AT_ACCOUNTS).sort());
  });

  test('names the roles that may call it, or is listed as of every role', () => {
    const ofAll = prepared.theirs.filter(needsToken).filter(({ operation }) => operation['x-roles'] === undefined);
    expect(ofAll.map(({ operation }) => inWords(operation)).sort()).toStrictEqual([...OF_EVERY_ROLE].sort());
  });
});

describe('every route of the platform Worker', () => {
  test('is described, and so falls to these tests', () => {
    const described = platformCaller.contract.operations.map(inWords);
    expect(described.sort()).toStrictEqual(mounted(platformApp.routes).sort());
  });

  test('asks for the admin token, or is listed as open', () => {
    const admin = preparedAdmin.map(({ operation }) => inWords(operation));
    const open = platformCaller.contract.operations.map(inWords).filter((route) => !admin.includes(route));
    expect(open.sort()).toStrictEqual(Object.keys(OPEN_AT_PLATFORM).sort());
    expect(admin.filter((route) => !/^\w+ \/admin\//.test(route))).toStrictEqual([]);
  });
});

describe.each(DOORS)('an account, by the door %s:', (door) => {
  const guarded = prepared.theirs.filter(needsToken).map(titled);

  test.each(guarded)('$title lets nobody in who has no business there', async (attacked) => {
    await expectRefused(
      everyIntruder.map((intruder) => [intruder.who, intruder.code, sendTo(theirs, door, attacked, intruder)]),
    );
  });

  test.each(guarded.filter(({ operation }) => operation.method === 'GET'))(
    '$title is as closed to HEAD',
    async ({ operation, request }) => {
      const attacked = { operation: { ...operation, method: 'HEAD' }, request };
      for (const intruder of everyIntruder) {
        const { status, text } = await sendTo(theirs, door, attacked, intruder);
        expect({ status, text }, intruder.who).toStrictEqual({ status: ERROR_CODES[intruder.code].status, text: '' });
      }
    },
  );

  test.each(guarded.filter(({ operation }) => operation['x-roles'] !== undefined))(
    '$title keeps out the roles that it does not name',
    async (attacked) => {
      const kept = Object.entries(roles).filter(([role]) => !attacked.operation['x-roles']?.includes(role));
      await expectRefused(kept.map(([role, token]) => [role, 'FORBIDDEN', sendTo(theirs, door, attacked, { token })]));
    },
  );
});

test('a viewer writes nothing but their own session and password', () => {
  const writable = prepared.theirs.filter(needsToken).filter(({ operation: { method, 'x-roles': named } }) => {
    return method !== 'GET' && (named === undefined || named.includes('viewer'));
  });
  expect(writable.map(({ operation }) => inWords(operation)).sort()).toStrictEqual(
    ['DELETE /sessions', 'DELETE /sessions/current', 'POST /me/password'].sort(),
  );
});

describe.each(ADDRESS_FORMS)('in the %s form', (form) => {
  const guarded = prepared.theirs.filter(needsToken).map(titled);
  const token = ours.session.access_token;

  test.each(guarded)('$title answers a foreign token as if there were no account', async (attacked) => {
    const { operation, request } = attacked;
    const nowhere = await sendOperation(stage.urlOfNobody(form), operation, { ...request, token });
    expectRefusal(nowhere, 'ACCOUNT_NOT_FOUND');
    expectAlike(nowhere, await sendTo(theirs, form, attacked, { token }));
  });

  test.each(prepared.theirs.map(titled))('$title of a suspended account says so to everybody', async (attacked) => {
    const { access_token: own } = stage.suspended.session;
    const expired = everyIntruder.find(({ code }) => code === 'TOKEN_EXPIRED')?.token;
    const answers = await Promise.all(
      [undefined, own, token, expired, 'token'].map((sent) => sendTo(stage.suspended, form, attacked, { token: sent })),
    );
    for (const answer of answers) expectRefusal(answer, 'ACCOUNT_SUSPENDED');
    const [first, ...others] = answers;
    if (first) expectAlike(first, ...others);
  });

  test.each(prepared.theirs.map(titled))('$title of a deleted account is as one that never was', async (attacked) => {
    const { operation, request } = attacked;
    for (const sent of [undefined, stage.deleted.session.access_token, token, 'token']) {
      const nowhere = await sendOperation(stage.urlOfNobody(form), operation, { ...request, token: sent });
      expectRefusal(nowhere, 'ACCOUNT_NOT_FOUND');
      expectAlike(nowhere, await sendTo(stage.deleted, form, attacked, { token: sent }));
    }
  });

  test.each(prepared.ours.map(titled))('$title knows nothing of what is in their account', async (own) => {
    const counterpart = prepared.theirs.find(({ operation }) => operation.operationId === own.operation.operationId);
    if (!counterpart) throw new Error('Both have the same operations.');
    const { data = [] } = Object((await theirs.send(own.operation.path)).body);
    const values = [
      ...foreignPaths(own, counterpart),
      ...foreignReferences(caller.contract, own, prepared.theirs),
      ...foreignFilters(caller.contract, own.operation, data),
    ];
    const ask = (request: OperationRequest) =>
      sendTo(ours, form, { ...own, request }, { token: request.token ?? token });
    for (const { where, foreign, unknown } of values) {
      const [known, never] = await Promise.all([ask(foreign), ask(unknown)]);
      expectAlike(never, known);
      expectNothingOf(marksOfTheirs.filter((mark) => !JSON.stringify(foreign).includes(mark)), known);
      const expected = where === 'the path' ? 404 : foreign.query ? 200 : 400;
      expect([where, known.status], known.text).toStrictEqual([where, expected]);
    }
  });

  const lists = prepared.ours.filter(({ operation }) =>
    caller.contract.parameters(operation).some(({ name }) => name === 'cursor' || name === 'since'),
  );
  test.each(lists.map(titled))('$title shows ours only, from their cursor on', async ({ operation, request }) => {
    const there = await theirs.send(`${operation.path.replace('{id}', idOf(operation.operationId))}?limit=1`);
    const { next_cursor } = Object(there.body);
    if (operation.path !== '/documents/{id}/versions') expect(typeof next_cursor).toBe('string');
    const name = operation.path === '/changes' ? 'since' : 'cursor';
    const sent = { ...request, query: { limit: '200', ...(next_cursor && { [name]: next_cursor }) } };
    const answer = await sendTo(ours, form, { operation, request: sent }, { token });
    expect(answer.status, answer.text).toBe(200);
    expectNothingOf(marksOfTheirs, answer);
  });
});

function idOf(operationId: string): string {
  return prepared.theirs.find(({ operation }) => operation.operationId === operationId)?.request.id ?? '';
}

test('nothing has changed anywhere', async () => {
  expect(await everything()).toStrictEqual(before);
});

describe('what is ours', () => {
  test.each(prepared.ours.map(titled))('$title is done for us, and no header makes it theirs', async (own) => {
    const token = own.request.token ?? (needsToken(own) ? ours.session.access_token : undefined);
    const answer = await sendTo(ours, 'path', own, { token, headers: internalHeaders(stage) });
    expect(answer.status, answer.text).toBeLessThan(300);
    expectNothingOf([...marksOfTheirs, '/a/theirs', 'theirs.localhost'], answer);
  });
});

test('nothing has changed in their account', async () => {
  expect(await stage.dump(theirs)).toStrictEqual(theirsBefore);
  expect(JSON.stringify(await stage.dump(ours))).not.toContain(CHOSEN_TOKEN_SHA256);
});

describe('what is theirs', () => {
  test.each(prepared.theirs.map(titled))('$title was there to be done all the time', async (own) => {
    const token = own.request.token ?? (needsToken(own) ? theirs.session.access_token : undefined);
    const answer = await sendTo(theirs, 'path', own, { token });
    expect(answer.status, answer.text).toBeLessThan(300);
  });
});
