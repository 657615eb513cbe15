import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { TestAccount } from '#test/support/account.ts';

let account: TestAccount;

beforeAll(async () => {
  account = await TestAccount.start();
});

/** Each test starts with one owner. */
afterEach(async () => {
  await account.rows("UPDATE users SET deleted_at = 1 WHERE role = 'owner' AND id <> ?", account.owner.id);
  await account.rows(
    "UPDATE users SET body = json_set(body, '$.role', 'owner', '$.status', 'active'), deleted_at = NULL WHERE id = ?",
    account.owner.id,
  );
  await account.rows('UPDATE sessions SET ended_at = NULL WHERE id = ?', account.owner.sessionId);
});

afterAll(() => account.stop());

const FORBIDDEN = { status: 403, body: { error: { code: 'FORBIDDEN' } } };
const LAST_OWNER = { status: 409, body: { error: { code: 'LAST_OWNER' } } };

function somebody(fields: object = {}) {
  return { name: 'Somebody', email: `${randomUUID()}@acme.test`, ...fields };
}

describe('a user', () => {
  test('is a member and active where nothing else is said', async () => {
    const { status, body } = await account.owner.post('/users', somebody({ email: ' Some@ACME.test ' }));
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(String),
      account_id: account.id,
      version: 1,
      email: 'some@acme.test',
      name: 'Somebody',
      role: 'member',
      status: 'active',
      group_ids: [],
      created_at: expect.any(Number),
      created_by: account.owner.id,
      updated_at: expect.any(Number),
      updated_by: account.owner.id,
    });
  });

  test.each([
    ['email', { email: 'x' }, 'This is not an e-mail address.'],
    ['name', { name: '  ' }, 'A name has at least one character.'],
    ['role', { role: 'root' }, expect.any(String)],
    ['status', { status: 'gone' }, expect.any(String)],
    ['password', { password: 'eleven char' }, 'A password has at least 12 characters.'],
    ['group_ids', { group_ids: [randomUUID()] }, 'There is no such group.'],
    ['password_hash', { password_hash: 'x' }, 'This field is not known here.'],
  ])('is refused with a bad %s', async (field, fields, message) => {
    const { status, body } = await account.owner.post('/users', somebody(fields));
    expect([status, body.error.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(body.error.context.fields).toEqual([{ field, message }]);
  });

  test('has an address that no other user has', async () => {
    const taken = { status: 409, body: { error: { code: 'EMAIL_TAKEN', context: { field: 'email' } } } };
    const first = await account.owner.post('/users', somebody());
    const second = await account.owner.post('/users', somebody());
    const { email } = first.body;
    expect(await account.owner.post('/users', somebody({ email: email.toUpperCase() }))).toMatchObject(taken);
    expect(await account.owner.patch(`/users/${second.body.id}`, { email })).toMatchObject(taken);
    expect((await account.owner.patch(`/users/${first.body.id}`, { email, name: 'N' })).status).toBe(200);
    await account.owner.remove(`/users/${first.body.id}`);
    expect((await account.owner.patch(`/users/${second.body.id}`, { email })).status).toBe(200);
  });

  test('has its address alone where two take it at once', async () => {
    const body = somebody();
    const answers = await Promise.all([1, 2, 3].map(() => account.owner.post('/users', body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  });

  test('never shows a password, in no answer', async () => {
    const password = 'never to be shown';
    const created = await account.owner.post('/users', somebody({ password }));
    expect(created.status).toBe(201);
    const path = `/users/${created.body.id}`;
    const answers = [created, await account.owner.get(path), await account.owner.patch(path, { name: 'N' })];
    for (const { body } of answers) expect(JSON.stringify(body)).not.toMatch(/password|never|argon2id/);
    const [row] = await account.rows('SELECT body, password_hash FROM users WHERE id = ?', created.body.id);
    expect(row?.body).not.toMatch(/password|never|argon2id/);
    expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await account.owner.patch(path, { password })).body.error.context.fields).toEqual([
      { field: 'password', message: 'This field is not known here.' },
    ]);
  });
});

describe('users', () => {
  test.each([
    ['member', [200, 403, 403, 403]],
    ['viewer', [200, 403, 403, 403]],
    ['admin', [200, 201, 200, 204]],
  ])('may be read, made, changed and deleted by a %s: %j', async (role, expected) => {
    const actor = await account.addUser(role);
    const target = await account.addUser('member');
    const answers = [
      await actor.get('/users'),
      await actor.post('/users', somebody()),
      await actor.patch(`/users/${target.id}`, { name: 'N' }),
      await actor.remove(`/users/${target.id}`),
    ];
    expect(answers.map(({ status }) => status)).toEqual(expected);
  });
});

describe('an owner', () => {
  test('is made, changed and deleted by an owner only', async () => {
    const admin = await account.addUser('admin');
    const member = await account.addUser('member');
    expect(await admin.post('/users', somebody({ role: 'owner' }))).toMatchObject(FORBIDDEN);
    expect(await admin.patch(`/users/${member.id}`, { role: 'owner' })).toMatchObject(FORBIDDEN);
    expect(await admin.patch(`/users/${admin.id}`, { role: 'owner' })).toMatchObject(FORBIDDEN);
    expect(await admin.patch(`/users/${account.owner.id}`, { name: 'X' })).toMatchObject(FORBIDDEN);
    expect(await admin.patch(`/users/${account.owner.id}`, { role: 'member' })).toMatchObject(FORBIDDEN);
    expect(await admin.remove(`/users/${account.owner.id}`)).toMatchObject(FORBIDDEN);
    expect((await account.owner.post('/users', somebody({ role: 'owner' }))).status).toBe(201);
    expect((await account.owner.patch(`/users/${member.id}`, { role: 'owner' })).status).toBe(200);
  });

  test('who is the last cannot go, step down or be deactivated', async () => {
    const path = `/users/${account.owner.id}`;
    expect(await account.owner.remove(path)).toMatchObject(LAST_OWNER);
    expect(await account.owner.patch(path, { role: 'admin' })).toMatchObject(LAST_OWNER);
    expect(await account.owner.patch(path, { status: 'inactive' })).toMatchObject(LAST_OWNER);
    expect((await account.owner.patch(path, { name: 'Still here' })).status).toBe(200);
    await account.owner.post('/users', somebody({ role: 'owner', status: 'inactive' }));
    expect(await account.owner.patch(path, { role: 'admin' })).toMatchObject(LAST_OWNER);
    const second = await account.addUser('owner');
    expect((await second.remove(path)).status).toBe(204);
    expect(await second.remove(`/users/${second.id}`)).toMatchObject(LAST_OWNER);
  });

  test('stays where two owners step down at once', async () => {
    const second = await account.addUser('owner');
    const answers = await Promise.all([
      account.owner.patch(`/users/${account.owner.id}`, { role: 'member' }),
      second.patch(`/users/${second.id}`, { role: 'member' }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const owners = await account.rows(
      "SELECT 1 FROM users WHERE role = 'owner' AND status = 'active' AND deleted_at IS NULL",
    );
    expect(owners).toHaveLength(1);
  });
});
