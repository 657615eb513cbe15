import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  PASSWORD_RESET_INTERVAL_MS,
  PASSWORD_RESET_LIFETIME_MS,
} from '#account-worker-template/passwords/password-reset-times.ts';
import { hashPassword } from '#shared-schema/hashing/password-hash.ts';
import { sha256Hex } from '#shared-schema/hashing/sha256.ts';
import { CHEAP_HASH, TestAccount } from '#test/support/account.ts';

const OLD = 'the old password';
const NEW = 'the new password';
let account: TestAccount;

beforeAll(async () => {
  account = await TestAccount.start();
});

afterAll(() => account.stop());

const ENDED = { status: 401, body: { error: { code: 'SESSION_ENDED' } } };
const REFUSED = { status: 401, body: { error: { code: 'INVALID_CREDENTIALS' } } };
const LINK_INVALID = { status: 401, body: { error: { code: 'ONE_TIME_TOKEN_INVALID', context: {} } } };
const WRONG = {
  status: 403,
  body: { error: { code: 'PASSWORD_WRONG', context: { field: 'current_password' } } },
};

async function somebody(role = 'member') {
  const email = `${randomUUID()}@acme.test`;
  const user = await account.addUser(role, email);
  const hash = await hashPassword(OLD, CHEAP_HASH);
  await account.rows('UPDATE users SET password_hash = ? WHERE id = ?', hash, user.id);
  return { ...user, role, email };
}

function logIn(email: string, password: string) {
  return account.control('POST', '/_platform/authenticate', { email, password });
}

async function requestReset(email: string) {
  const token = randomUUID();
  const token_sha256 = await sha256Hex(token);
  const answered = await account.control('POST', '/_platform/request-password-reset', {
    email,
    token_sha256,
  });
  return { token, answered };
}

async function completeReset(token: string, new_password = NEW) {
  const token_sha256 = await sha256Hex(token);
  return account.control('POST', '/_platform/complete-password-reset', { token_sha256, new_password });
}

describe('a user', () => {
  test('changes their password, and their other sessions end', async () => {
    for (const role of ['owner', 'viewer']) {
      const user = await somebody(role);
      const elsewhere = await account.openSession(user.id, role);
      const reset = await requestReset(user.email);
      const changed = await user.post('/me/password', { current_password: OLD, new_password: NEW });
      expect(changed).toMatchObject({ status: 204, body: null });
      expect(changed.headers.get('x-d1-bookmark')).not.toBeNull();
      expect((await user.get('/me')).body).toMatchObject({ version: 2, updated_by: user.id });
      expect(await elsewhere.get('/me')).toMatchObject(ENDED);
      expect((await account.owner.get('/me')).status).toBe(200);
      expect(await logIn(user.email, OLD)).toMatchObject(REFUSED);
      expect((await logIn(user.email, NEW)).status).toBe(200);
      expect(await completeReset(reset.token)).toMatchObject(LINK_INVALID);
    }
  });

  test('leaves a change that names the password and tells nothing of it', async () => {
    const user = await somebody();
    await user.post('/me/password', { current_password: OLD, new_password: NEW });
    const [entry] = await account.rows('SELECT * FROM changes ORDER BY seq DESC LIMIT 1');
    expect(entry).toMatchObject({
      ...{ entity: 'user', entity_id: user.id, action: 'update', version: 2, actor_id: user.id },
      changed: '{"password":{"from":null,"to":null}}',
    });
  });

  test('does not change it without the current one', async () => {
    const user = await somebody();
    const elsewhere = await account.openSession(user.id, 'member');
    expect(await user.post('/me/password', { current_password: NEW, new_password: NEW })).toMatchObject(
      WRONG,
    );
    await account.rows('UPDATE users SET password_hash = NULL WHERE id = ?', user.id);
    expect(await user.post('/me/password', { current_password: OLD, new_password: NEW })).toMatchObject(
      WRONG,
    );
    expect((await elsewhere.get('/me')).status).toBe(200);
  });

  test('changes it once where two do at the same time', async () => {
    const user = await somebody();
    const answers = await Promise.all(
      ['one long password', 'two long passwords'].map((new_password) =>
        user.post('/me/password', { current_password: OLD, new_password }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 403]);
  });

  test('is told again that it was changed, under the same Idempotency-Key', async () => {
    const user = await somebody();
    const body = { current_password: OLD, new_password: NEW };
    const headers = { 'idempotency-key': 'change' };
    expect((await user.post('/me/password', body, headers)).status).toBe(204);
    const again = await user.post('/me/password', body, headers);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([204, 'true']);
    const kept = await account.rows('SELECT fingerprint FROM idempotency_keys WHERE user_id = ?', user.id);
    const without = await sha256Hex(JSON.stringify(['POST', '/me/password', {}]));
    expect(kept).toEqual([{ fingerprint: without }]);
  });

  test.each([
    ['new_password', { current_password: OLD, new_password: 'eleven char' }],
    ['new_password', { current_password: OLD }],
    ['current_password', { new_password: NEW }],
    ['role', { current_password: OLD, new_password: NEW, role: 'owner' }],
  ])('is told what is wrong with %s', async (field, body) => {
    const { status, body: answered } = await account.owner.post('/me/password', body);
    expect([status, answered.error.context.fields[0]?.field]).toEqual([400, field]);
  });

  test('ends all their sessions, and nobody else’s', async () => {
    const user = await somebody();
    const elsewhere = await account.openSession(user.id, 'member');
    const { body } = await logIn(user.email, OLD);
    const ended = await user.remove('/sessions');
    expect(ended).toMatchObject({ status: 204, body: null });
    expect(ended.headers.get('x-d1-bookmark')).not.toBeNull();
    expect(await user.get('/me')).toMatchObject(ENDED);
    expect(await elsewhere.get('/me')).toMatchObject(ENDED);
    expect(await user.remove('/sessions')).toMatchObject(ENDED);
    const { refresh_token } = body;
    expect((await account.control('POST', '/_platform/refresh', { refresh_token })).status).toBe(401);
    expect((await account.owner.get('/me')).status).toBe(200);
  });

  test('whose session has ended ends no other', async () => {
    const user = await somebody();
    const elsewhere = await account.openSession(user.id, 'member');
    await user.remove('/sessions/current');
    expect(await user.remove('/sessions')).toMatchObject(ENDED);
    expect((await elsewhere.get('/me')).status).toBe(200);
  });
});

describe('a reset link', () => {
  test('gives a new password and ends all sessions, once', async () => {
    const user = await somebody();
    const { token, answered } = await requestReset(user.email.toUpperCase());
    expect(answered).toMatchObject({
      status: 200,
      body: { recipient: { email: user.email, name: 'A member', expires_at: expect.any(Number) } },
    });
    expect(await completeReset(token)).toMatchObject({ status: 200, body: { user_id: user.id } });
    expect(await user.get('/me')).toMatchObject(ENDED);
    expect(await logIn(user.email, OLD)).toMatchObject(REFUSED);
    expect((await logIn(user.email, NEW)).status).toBe(200);
    expect(await completeReset(token, 'another password')).toMatchObject(LINK_INVALID);
    expect((await logIn(user.email, NEW)).status).toBe(200);
  });

  test('gives a password to a user who had none', async () => {
    const user = await somebody();
    await account.rows('UPDATE users SET password_hash = NULL WHERE id = ?', user.id);
    const { token } = await requestReset(user.email);
    expect((await completeReset(token)).status).toBe(200);
    expect((await logIn(user.email, NEW)).status).toBe(200);
  });

  test('works once where it is used twice at once', async () => {
    const user = await somebody();
    const { token } = await requestReset(user.email);
    const answers = await Promise.all([
      completeReset(token, 'one long password'),
      completeReset(token, 'two long passwords'),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    const [changes] = await account.rows(
      "SELECT COUNT(*) AS count FROM changes WHERE entity_id = ? AND action = 'update'",
      user.id,
    );
    expect(changes).toEqual({ count: 1 });
  });

  test('is kept as its SHA-256 for one hour', async () => {
    const user = await somebody();
    const { token } = await requestReset(user.email);
    const [row] = await account.rows('SELECT * FROM password_resets WHERE user_id = ?', user.id);
    expect(row).toMatchObject({ token_hash: await sha256Hex(token), email: user.email });
    expect(Number(row?.expires_at) - Number(row?.created_at)).toBe(PASSWORD_RESET_LIFETIME_MS);
    expect(JSON.stringify(row)).not.toContain(token);
  });

  test.each([
    [
      'its time is over',
      (id: string) => account.rows('UPDATE password_resets SET expires_at = 1 WHERE user_id = ?', id),
    ],
    ['its user is inactive', (id: string) => account.owner.patch(`/users/${id}`, { status: 'inactive' })],
    ['its user is deleted', (id: string) => account.owner.remove(`/users/${id}`)],
    [
      'its user has another address',
      (id: string) => account.owner.patch(`/users/${id}`, { email: `${randomUUID()}@acme.test` }),
    ],
  ])('does not work where %s', async (_what, act) => {
    const user = await somebody();
    const { token } = await requestReset(user.email);
    await act(user.id);
    expect(await completeReset(token)).toMatchObject(LINK_INVALID);
    const [row] = await account.rows('SELECT password_hash FROM users WHERE id = ?', user.id);
    expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=8,/);
  });

  test('of another user, when one is used, goes on working', async () => {
    const [one, other] = [await somebody(), await somebody()];
    const [first, second] = [await requestReset(one.email), await requestReset(other.email)];
    expect((await completeReset(first.token)).status).toBe(200);
    expect((await completeReset(second.token)).status).toBe(200);
  });

  test('is kept for nobody where the address is nobody’s who may log in', async () => {
    const inactive = await somebody();
    await account.owner.patch(`/users/${inactive.id}`, { status: 'inactive' });
    const before = await account.rows('SELECT token_hash FROM password_resets');
    for (const email of [inactive.email, 'nobody@acme.test']) {
      const { token, answered } = await requestReset(email);
      expect(answered).toMatchObject({ status: 200, body: { recipient: null } });
      expect(await completeReset(token)).toMatchObject(LINK_INVALID);
    }
    expect(await account.rows('SELECT token_hash FROM password_resets')).toEqual(before);
  });

  test('is given once a minute, and the one before goes on working', async () => {
    const user = await somebody();
    const first = await requestReset(user.email);
    expect((await requestReset(user.email)).answered.body.recipient).toBeNull();
    await account.rows(
      'UPDATE password_resets SET created_at = created_at - ? WHERE user_id = ?',
      PASSWORD_RESET_INTERVAL_MS + 1,
      user.id,
    );
    expect((await requestReset(user.email)).answered.body.recipient).not.toBeNull();
    expect((await completeReset(first.token)).status).toBe(200);
  });

  test('past its time is cleared away by a new one', async () => {
    const [old, user] = [await somebody(), await somebody()];
    await requestReset(old.email);
    await account.rows('UPDATE password_resets SET expires_at = 1 WHERE user_id = ?', old.id);
    await requestReset(user.email);
    expect(await account.rows('SELECT 1 FROM password_resets WHERE user_id = ?', old.id)).toEqual([]);
  });
});
