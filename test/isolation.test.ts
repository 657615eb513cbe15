import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CloudApi } from './support/cloud-api.ts';
import { adminList, landscape } from './support/landscape.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { ADDRESS_FORMS, type OpenAccount, openAccount, type TestRecord } from './support/open-account.ts';
import { expectRefusal } from './support/refusal.ts';
import { type Answer, send } from './support/send.ts';
import { PASSWORD } from './support/sign-up.ts';

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let ours: OpenAccount;
let theirs: OpenAccount;
let ourClient: TestRecord;
let theirClient: TestRecord;
const canary = { ours: `canary-${randomUUID()}`, theirs: `canary-${randomUUID()}` };

beforeAll(async () => {
  platform = await startTestPlatform();
  [ours, theirs] = await Promise.all([
    openAccount(platform.instance, 'ours'),
    openAccount(platform.instance, 'theirs'),
  ]);
  const client = (name: string) => ({
    kind: 'company',
    company_name: name,
    email: `${name}@clients.example`,
  });
  ourClient = await ours.createClient(client(canary.ours));
  theirClient = await theirs.createClient(client(canary.theirs));
});
afterAll(() => platform?.stop());

/** All that is told apart from one answer to the next, with the request id made one. */
function withoutRequestId({ status, text, headers }: Answer) {
  const id = headers.get('x-request-id') ?? '';
  const kept = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return { status, text: text.replaceAll(id, 'ID'), headers: kept };
}

describe.each(ADDRESS_FORMS)("another account's token, in the %s form,", (form) => {
  const foreign = () => theirs.session.access_token;

  test.each(['/me', '/clients', '/users', '/changes', '/nowhere'])('opens nothing at %s', async (path) => {
    const answer = await ours.send(path, { token: foreign() }, form);
    expectRefusal(answer, 'ACCOUNT_NOT_FOUND');
  });

  test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('opens nothing as %s', async (scheme) => {
    for (const space of [' ', '   ']) {
      const headers = { authorization: `${scheme}${space}${foreign()}` };
      expectRefusal(await send(`${ours.url(form)}/clients`, { headers }), 'ACCOUNT_NOT_FOUND');
    }
  });

  test('writes nothing', async () => {
    const json = { kind: 'company', company_name: 'Intruder' };
    const token = foreign();
    const at = `/clients/${ourClient.id}`;
    expectRefusal(await ours.send('/clients', { method: 'POST', json, token }, form), 'ACCOUNT_NOT_FOUND');
    expectRefusal(await ours.send(at, { method: 'PATCH', json, token }, form), 'ACCOUNT_NOT_FOUND');
    expectRefusal(await ours.send(at, { method: 'DELETE', token }, form), 'ACCOUNT_NOT_FOUND');
    expectRefusal(
      await ours.send('/sessions/current', { method: 'DELETE', token }, form),
      'ACCOUNT_NOT_FOUND',
    );
    expect((await ours.send(at)).body).toStrictEqual(ourClient);
  });

  test('is answered as it would be at an account that does not exist', async () => {
    const here = await ours.send('/clients', { token: foreign() }, form);
    const nowhere = await send(`${ours.url(form).replace('ours', 'nobody')}/clients`, { token: foreign() });
    expect(withoutRequestId(here)).toStrictEqual(withoutRequestId(nowhere));
  });

  test('does not refresh or log in here', async () => {
    const refresh_token = theirs.session.refresh_token;
    const refreshed = await ours.send('/sessions/refresh', { method: 'POST', json: { refresh_token } }, form);
    expectRefusal(refreshed, 'REFRESH_TOKEN_INVALID');
    const json = { email: 'owner@theirs.example', password: PASSWORD };
    expectRefusal(await ours.send('/sessions', { method: 'POST', json }, form), 'INVALID_CREDENTIALS');
  });
});

describe('a token is taken from one Authorization header of scheme Bearer and from nowhere else', () => {
  const good = () => ours.session.access_token;
  const at = (query = '') => `${ours.url('path')}/clients${query}`;

  test('not from the query', async () => {
    for (const name of ['access_token', 'token', 'authorization']) {
      expectRefusal(await send(at(`?${name}=${good()}`)), 'TOKEN_MISSING');
    }
  });

  test.each(['cookie', 'x-access-token', 'x-auth-token', 'proxy-authorization', 'x-forwarded-authorization'])(
    'not from the header %s',
    async (name) => {
      const value = name === 'cookie' ? `access_token=${good()}; token=${good()}` : `Bearer ${good()}`;
      expectRefusal(await send(at(), { headers: { [name]: value } }), 'TOKEN_MISSING');
    },
  );

  test('not from the body', async () => {
    const json = { kind: 'company', company_name: 'x', access_token: good() };
    expectRefusal(await send(at(), { method: 'POST', json }), 'TOKEN_MISSING');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = `access_token=${good()}`;
    expectRefusal(await send(at(), { method: 'POST', body, headers }), 'TOKEN_MISSING');
  });

  test.each(['Basic', 'Token', 'JWT', 'Digest', 'DPoP', 'Bearer,', 'Bearer:', ''])(
    'not with the scheme %j',
    async (scheme) => {
      const headers = { authorization: `${scheme} ${good()}`.trim() };
      expectRefusal(await send(at(), { headers }), 'TOKEN_MISSING');
    },
  );

  test('not from two headers, whichever of them is good', async () => {
    const [own, foreign] = [`Bearer ${good()}`, `Bearer ${theirs.session.access_token}`];
    for (const authorization of [
      [own, foreign],
      [foreign, own],
      [own, own],
    ]) {
      expectRefusal(await send(at(), { headers: { authorization } }), 'TOKEN_MISSING');
    }
    expectRefusal(await send(at(), { headers: { authorization: `${own}, ${foreign}` } }), 'TOKEN_MISSING');
  });
});

describe("another account's ids", () => {
  test.each(['GET', 'PATCH', 'DELETE'])('are answered to %s as ids that never were', async (method) => {
    const json = method === 'PATCH' ? { phone: '1' } : undefined;
    for (const [path, id] of [
      ['clients', theirClient.id],
      ['users', theirs.session.user.id],
    ]) {
      const known = await ours.send(`/${path}/${id}`, { method, json });
      const unknown = await ours.send(`/${path}/${randomUUID()}`, { method, json });
      expectRefusal(known, 'RECORD_NOT_FOUND');
      expect(withoutRequestId(known)).toStrictEqual(withoutRequestId(unknown));
    }
  });

  test('cannot be referred to', async () => {
    const json = { kind: 'company', company_name: 'x', owner_user_id: theirs.session.user.id };
    const known = await ours.send('/clients', { method: 'POST', json });
    const unknown = await ours.send('/clients', {
      method: 'POST',
      json: { ...json, owner_user_id: randomUUID() },
    });
    expect(known).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_FAILED' } } });
    expect(withoutRequestId(known)).toStrictEqual(withoutRequestId(unknown));
  });

  test('and cursors of their lists show only our own records', async () => {
    await theirs.createClient({ kind: 'company', company_name: 'one more' });
    const page = await theirs.send('/clients?limit=1');
    const { next_cursor } = page.body as { next_cursor: string }; // a page, as clients.test.ts proves
    const answer = await ours.send(`/clients?limit=1&cursor=${next_cursor}`);
    expect(answer.text).not.toContain(canary.theirs);
  });
});

describe('an Idempotency-Key', () => {
  test('is each account its own', async () => {
    const headers = { 'idempotency-key': 'shared' };
    const post = (account: OpenAccount, name: string) =>
      account.send('/clients', { method: 'POST', json: { kind: 'company', company_name: name }, headers });
    const [here, there] = [await post(ours, 'here'), await post(theirs, 'there')];
    expect([here, there]).toMatchObject([
      { status: 201, body: { company_name: 'here' } },
      { status: 201, body: { company_name: 'there' } },
    ]);
  });
});

describe('the databases', () => {
  test('hold nothing of each other', async () => {
    const cloud = new CloudApi(platform.instance);
    const { stacks } = await landscape(platform.instance);
    const dumpOf = async (account: OpenAccount) => {
      const stack = stacks.find((candidate) => candidate.account_id === account.account.id);
      return cloud.dump(stack?.database_id ?? '');
    };
    const [dump, otherDump] = [await dumpOf(ours), await dumpOf(theirs)];
    expect(dump).toContain(canary.ours);
    expect(otherDump).toContain(canary.theirs);
    for (const theirWord of [
      canary.theirs,
      theirs.account.id,
      theirs.session.user.id,
      'owner@theirs.example',
    ]) {
      expect(dump).not.toContain(theirWord);
    }
    for (const ourWord of [canary.ours, ours.account.id, ours.session.user.id, 'owner@ours.example']) {
      expect(otherDump).not.toContain(ourWord);
    }
  });

  test('and the registry holds nothing of their clients and users', async () => {
    const lists = ['accounts', 'stacks', 'operations', 'events', 'releases', 'providers'];
    const registry = JSON.stringify(
      await Promise.all(lists.map((name) => adminList(platform.instance, name))),
    );
    expect(registry).not.toMatch(/canary|owner@/);
  });
});
