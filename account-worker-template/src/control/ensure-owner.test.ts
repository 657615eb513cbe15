import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ACCOUNT_SCHEMA_VERSION } from '#test/support/account-migrations.ts';
import { AccountWorkers, type Answered, type Stack } from '#test/support/account-worker.ts';

let stack: Stack;
let workers: AccountWorkers;

beforeEach(async () => {
  stack = { stackId: randomUUID() };
  workers = await AccountWorkers.start(stack);
});

afterEach(() => workers.stop());

function order(accountId: string, owner: object = {}) {
  const anybody = {
    id: randomUUID(),
    name: 'Olive',
    email: 'Olive@Acme.test',
    password_hash: 'argon2id$hash',
  };
  return { account_id: accountId, owner: { ...anybody, ...owner } };
}

async function claim(body: unknown): Promise<Answered> {
  return workers.send(stack, '/_platform/owner', {
    method: 'PUT',
    body,
    token: await workers.controlToken(stack),
  });
}

async function rows(sql: string) {
  const database = await workers.database(stack);
  return (await database.prepare(sql).all<Record<string, unknown>>()).results;
}

const CONFLICT = { status: 409, body: { error: { code: 'OWNER_CONFLICT' } } };

describe('PUT /_platform/owner', () => {
  test('gives a fresh stack to the account and makes its owner', async () => {
    const wanted = order(randomUUID());
    const claimed = await claim(wanted);
    expect(claimed).toMatchObject({
      status: 200,
      body: {
        stack_id: stack.stackId,
        account_id: wanted.account_id,
        schema_version: ACCOUNT_SCHEMA_VERSION,
      },
    });
    expect(claimed.headers.get('x-d1-bookmark')).toMatch(/^[0-9a-f-]{59}$/);
    const [user] = await rows('SELECT * FROM users');
    expect(user).toMatchObject({
      id: wanted.owner.id,
      account_id: wanted.account_id,
      created_by: wanted.owner.id,
      version: 1,
      role: 'owner',
      status: 'active',
      email: 'olive@acme.test',
      password_hash: 'argon2id$hash',
    });
    expect(user?.body).not.toContain('argon2id');
    expect(await rows('SELECT entity, entity_id, action, version, actor_id FROM changes')).toEqual([
      { entity: 'user', entity_id: wanted.owner.id, action: 'create', version: 1, actor_id: wanted.owner.id },
    ]);
  });

  test('may be repeated, and leaves the owner as they are now', async () => {
    const wanted = order(randomUUID());
    await claim(wanted);
    await rows(`UPDATE users SET body = json_set(body, '$.name', 'Renamed'), version = 2`);
    expect((await claim(wanted)).status).toBe(200);
    expect(await rows('SELECT name, version FROM users')).toEqual([{ name: 'Renamed', version: 2 }]);
    expect(await rows('SELECT count(*) AS n FROM changes')).toEqual([{ n: 1 }]);
  });

  test('refuses another account and another owner', async () => {
    const wanted = order(randomUUID());
    await claim(wanted);
    expect(await claim({ ...wanted, account_id: randomUUID() })).toMatchObject(CONFLICT);
    expect(await claim(order(wanted.account_id))).toMatchObject(CONFLICT);
    expect(await rows('SELECT account_id FROM stack_identity')).toEqual([{ account_id: wanted.account_id }]);
    expect(await rows('SELECT id FROM users')).toEqual([{ id: wanted.owner.id }]);
  });

  test('lets one of two accounts win, whole', async () => {
    const wanted = [order(randomUUID()), order(randomUUID())];
    const answers = await Promise.all(wanted.map(claim));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const winner = wanted[answers.findIndex(({ status }) => status === 200)];
    expect(await rows('SELECT id, account_id FROM users')).toEqual([
      { id: winner?.owner.id, account_id: winner?.account_id },
    ]);
    expect(await rows('SELECT account_id FROM stack_identity')).toEqual([{ account_id: winner?.account_id }]);
  });

  test('names what is missing', async () => {
    const { status, body } = await claim({ account_id: 'x', owner: {}, extra: 1 });
    expect([status, body.error.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(body.error.context.fields.map(({ field }: { field: string }) => field)).toEqual(
      expect.arrayContaining(['account_id', 'owner.id', 'owner.password_hash', 'extra']),
    );
  });
});
