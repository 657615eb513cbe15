import { afterAll, describe, expect, test } from 'vitest';
import { OPEN_ROUTES } from '#platform-worker/routing/serve-account.ts';
import { ERROR_CODES } from '#shared-schema/errors/error-codes.ts';
import { expectAlike, expectNothingOf } from './support/isolation/alike.ts';
import { expectRefused } from './support/isolation/expect-refused.ts';
import { foreignFilters, foreignPaths, foreignReferences } from './support/isolation/foreign-values.ts';
import { CHOSEN_TOKEN_SHA256, internalHeaders, intruders } from './support/isolation/intruders.ts';
import { DOORS, IsolationStage } from './support/isolation/isolation-stage.ts';
import { inWords, routesOfAccountWorker } from './support/isolation/mounted-routes.ts';
import { accountCaller, prepareOperations } from './support/isolation/prepare-operations.ts';
import { needsToken, type PreparedOperation, titled } from './support/isolation/prepared-operation.ts';
import { ADDRESS_FORMS, type OpenAccount } from './support/open-account.ts';
import { type OperationRequest, sendOperation } from './support/openapi/caller.ts';
import { expectRefusal } from './support/refusal.ts';

/** Routes of an account that ask for no token, and what they ask for in its place. */
const OPEN: Readonly<Record<string, string>> = {
  'POST /sessions': 'a password',
  'POST /sessions/external': 'an ID token',
  'POST /sessions/refresh': 'a refresh token',
  'POST /invitations/accept': 'a one-time token',
  'POST /password-resets': 'nothing: what comes of it goes to the user by mail',
  'POST /password-resets/complete': 'a one-time token',
  'GET /openapi.json': 'nothing: it is of the release, not of the account',
  'GET /docs': 'nothing: as the document that it shows',
};

/** Routes of an account that every user has, whatever their role: their own session and password, and two reads. */
const OF_EVERY_ROLE = ['GET /me', 'GET /changes'];
const OF_EVERY_ROLE_THAT_WRITE = ['DELETE /sessions', 'DELETE /sessions/current', 'POST /me/password'];

// What is tested is read from the Workers themselves, so the platform runs before the tests are named.
const stage = await IsolationStage.open();
afterAll(() => stage.close());
const { ours, theirs } = stage;
const [suspended, deleted, routesOfWorker, ourCaller, theirCaller] = await Promise.all([
  stage.openAndSet('suspended'),
  stage.openAndSet('deleted'),
  routesOfAccountWorker(),
  accountCaller(stage, ours),
  accountCaller(stage, theirs),
]);
const { contract } = ourCaller;
const [ourOperations, theirOperations] = await Promise.all([
  prepareOperations(ourCaller),
  prepareOperations(theirCaller),
]);
const otherRoles = await Promise.all(
  ['viewer', 'member', 'admin'].map(async (role) => ({
    role,
    token: await stage.openSession(theirs, await stage.addUser(theirs, role), role),
  })),
);
const everyIntruder = await intruders(stage);
const oneForEachCode = [...new Map(everyIntruder.map((one) => [one.code, one])).values()];
const before = await dumpAll();
const theirsBefore = await stage.dump(theirs);

/** What may be found in no answer to anybody else. */
const marksOfTheirs = [
  ...[theirs.account.id, stage.stackOf(theirs).id, theirs.session.user.id],
  ...theirOperations.flatMap(({ request }) => request.id ?? []),
];
const guarded = theirOperations.filter(needsToken).map(titled);
const limited = guarded.filter(({ operation }) => operation['x-roles'] !== undefined);

async function dumpAll() {
  const dumps = [ours, theirs, suspended, deleted].map((account) => stage.dump(account));
  return Promise.all([stage.dumpRegistry(), ...dumps]);
}

function namesOf(operations: readonly PreparedOperation[]): string[] {
  return operations.map(({ operation }) => inWords(operation)).sort();
}

/** The token with which the account itself sends the request. */
function ownToken(account: OpenAccount, own: PreparedOperation): string | undefined {
  return own.request.token ?? (needsToken(own) ? account.session.access_token : undefined);
}

describe('every route of the account Worker', () => {
  test('is described, and so falls to these tests, or is a control call', () => {
    const control = routesOfWorker.filter((route) => / \/_platform\//.test(route));
    const byPlatform = Object.keys(OPEN_ROUTES).map((path) => `POST ${path}`);
    expect([...namesOf(theirOperations), ...control].sort()).toStrictEqual(
      [...routesOfWorker, ...byPlatform].sort(),
    );
  });

  test('asks for a token, or is listed as open', () => {
    expect(namesOf(theirOperations.filter((one) => !needsToken(one)))).toStrictEqual(
      Object.keys(OPEN).sort(),
    );
  });

  test('names the roles that may call it, or is listed as of every role', () => {
    const ofAll = guarded.filter(({ operation }) => operation['x-roles'] === undefined);
    expect(namesOf(ofAll)).toStrictEqual([...OF_EVERY_ROLE, ...OF_EVERY_ROLE_THAT_WRITE].sort());
  });

  test('that writes is no viewer’s, but for their own session and password', () => {
    const writable = guarded.filter(
      ({ operation: { method, 'x-roles': named = ['viewer'] } }) =>
        method !== 'GET' && named.includes('viewer'),
    );
    expect(namesOf(writable)).toStrictEqual(OF_EVERY_ROLE_THAT_WRITE);
  });
});

describe.each(DOORS)('by the door %s', (door) => {
  test.each(guarded)('$title lets nobody in who has no business there', async (attacked) => {
    await expectRefused(
      everyIntruder.map((one) => [one.who, one.code, stage.send(theirs, door, attacked, one)]),
    );
  });

  test.each(guarded.filter(({ operation }) => operation.method === 'GET'))(
    '$title is as closed to HEAD',
    async ({ operation, request }) => {
      const attacked = { operation: { ...operation, method: 'HEAD' }, request };
      for (const one of oneForEachCode) {
        const { status, text } = await stage.send(theirs, door, attacked, one);
        expect([one.who, status, text]).toStrictEqual([one.who, ERROR_CODES[one.code].status, '']);
      }
    },
  );

  test.each(limited)('$title is forbidden to the roles that it does not name', async (attacked) => {
    const forbidden = otherRoles.filter(({ role }) => !attacked.operation['x-roles']?.includes(role));
    await expectRefused(
      forbidden.map((one) => [one.role, 'FORBIDDEN', stage.send(theirs, door, attacked, one)]),
    );
  });
});

describe.each(ADDRESS_FORMS)('in the %s form', (form) => {
  const token = ours.session.access_token;
  const nobody = ({ operation, request }: PreparedOperation, sent?: string) =>
    sendOperation(stage.urlOfNobody(form), operation, { ...request, token: sent });

  test.each(guarded)('$title answers a foreign token as if there were no account', async (attacked) => {
    const nowhere = await nobody(attacked, token);
    expectRefusal(nowhere, 'ACCOUNT_NOT_FOUND');
    expectAlike(nowhere, await stage.send(theirs, form, attacked, { token }));
  });

  test.each(theirOperations.map(titled))('$title of a suspended account is refused', async (attacked) => {
    const own = suspended.session.access_token;
    const [first, ...others] = await Promise.all(
      [undefined, own, token, 'token'].map((sent) => stage.send(suspended, form, attacked, { token: sent })),
    );
    if (!first) throw new Error('There are four.');
    expectRefusal(first, 'ACCOUNT_SUSPENDED');
    expectAlike(first, ...others);
  });

  test.each(theirOperations.map(titled))('$title of a deleted account never was', async (attacked) => {
    for (const sent of [undefined, deleted.session.access_token, token, 'token']) {
      const nowhere = await nobody(attacked, sent);
      expectRefusal(nowhere, 'ACCOUNT_NOT_FOUND');
      expectAlike(nowhere, await stage.send(deleted, form, attacked, { token: sent }));
    }
  });

  test.each(ourOperations.map(titled))('$title knows nothing of what is another’s', async (own) => {
    const { operation } = own;
    const { data = [] } = Object((await theirs.send(operation.path)).body);
    const values = [
      ...foreignPaths(own, theirOperations),
      ...foreignReferences(contract, own, theirOperations),
      ...foreignFilters(contract, operation, theirOperations, data),
    ];
    const ask = (request: OperationRequest) =>
      stage.send(ours, form, { operation, request }, { token: ownToken(ours, { operation, request }) });
    for (const { where, foreign, unknown, status } of values) {
      const [known, never] = await Promise.all([ask(foreign), ask(unknown)]);
      expect(known.status, `${where}: ${known.text}`).toBe(status);
      expectAlike(never, known);
    }
  });

  const lists = ourOperations.filter(({ operation }) =>
    contract.parameters(operation).some(({ name }) => name === 'cursor' || name === 'since'),
  );
  test.each(lists.map(titled))('$title shows ours only, from their cursor on', async (own) => {
    const counterpart = theirOperations.find(
      ({ operation: { operationId } }) => operationId === own.operation.operationId,
    );
    const path = own.operation.path.replace('{id}', counterpart?.request.id ?? '');
    const there = await theirs.send(`${path}?limit=1`);
    const { next_cursor, data } = Object(there.body);
    // Only a document's versions may be but one.
    expect(next_cursor === null).toBe(path.endsWith('/versions') && data.length === 1);
    const cursor = own.operation.path === '/changes' ? { since: next_cursor } : { cursor: next_cursor };
    const query = { limit: '200', ...(next_cursor !== null && cursor) };
    const answer = await stage.send(ours, form, { ...own, request: { ...own.request, query } }, { token });
    expect(answer.status, answer.text).toBe(200);
    expectNothingOf(marksOfTheirs, answer);
  });
});

test('all of it has changed nothing anywhere', async () => {
  expect(await dumpAll()).toStrictEqual(before);
});

describe('what is ours', () => {
  test.each(ourOperations.map(titled))(
    '$title is done for us, and no header makes it theirs',
    async (own) => {
      const headers = internalHeaders(stage);
      const answer = await stage.send(ours, 'path', own, { token: ownToken(ours, own), headers });
      expect(answer.status, answer.text).toBeLessThan(300);
      expectNothingOf([...marksOfTheirs, ...[theirs.url('path'), theirs.url('host')]], answer);
    },
  );

  test('has changed nothing of theirs, and is not as the headers said', async () => {
    expect(await stage.dump(theirs)).toStrictEqual(theirsBefore);
    expect(JSON.stringify(await stage.dump(ours))).not.toContain(CHOSEN_TOKEN_SHA256);
  });
});

describe('what is theirs', () => {
  test.each(theirOperations.map(titled))('$title could have been done all the time', async (own) => {
    const answer = await stage.send(theirs, 'path', own, { token: ownToken(theirs, own) });
    expect(answer.status, answer.text).toBeLessThan(300);
  });
});
