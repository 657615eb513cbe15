import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SESSION_LIFETIME_MS } from '#account-worker-template/sessions/refresh-token.ts';
import { openedSessionSchema } from '#shared-schema/control/control-calls.ts';
import { hashPassword } from '#shared-schema/hashing/password-hash.ts';
import { CHEAP_HASH, OWNER_PASSWORD, TestAccount } from '#test/support/account.ts';

let account: TestAccount;

beforeAll(async () => {
  account = await TestAccount.start();
});

afterAll(() => account.stop());

const REFUSED = {
  status: 401,
  body: {
    error: {
      code: 'INVALID_CREDENTIALS',
      message: 'The e-mail address or the password is wrong.',
      context: {},
    },
  },
};

function logIn(email: string, password: string) {
  return account.control('POST', '/_platform/authenticate', { email, password });
}

/** A user whose password is cheap to check. */
async function addUserWithPassword(password: string) {
  const email = `${randomUUID()}@acme.test`;
  const user = await account.addUser('member', email);
  const hash = await hashPassword(password, CHEAP_HASH);
  await account.rows('UPDATE users SET password_hash = ? WHERE id = ?', hash, user.id);
  return { ...user, email };
}

test('opens a session for the right password, whatever the case of the address', async () => {
  const { status, body, headers } = await logIn(account.ownerEmail.toUpperCase(), OWNER_PASSWORD);
  expect(status).toBe(200);
  expect(openedSessionSchema.parse(body)).toEqual(body);
  expect(body.user).toEqual((await account.owner.get('/me')).body);
  expect(body.refresh_token).toMatch(new RegExp(`^${body.session_id}\\.[\\w-]{43}$`));
  expect(headers.get('x-d1-bookmark')).not.toBeNull();
  const token = await account.accessToken(account.owner.id, body.session_id, 'owner');
  expect((await account.owner.send('/me', { token })).status).toBe(200);
});

test('keeps the SHA-256 of the refresh token and nothing else of it', async () => {
  const { body } = await logIn(account.ownerEmail, OWNER_PASSWORD);
  const [session] = await account.rows('SELECT * FROM sessions WHERE id = ?', body.session_id);
  expect(session).toMatchObject({
    user_id: account.owner.id,
    refresh_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    previous_refresh_hash: null,
  });
  expect(Number(session?.expires_at) - Number(session?.created_at)).toBe(SESSION_LIFETIME_MS);
  expect(JSON.stringify(session)).not.toContain(body.refresh_token.split('.')[1]);
});

test('answers a wrong password, an unknown user and one without a password alike', async () => {
  const email = 'no-password@acme.test';
  await account.addUser('viewer', email);
  expect(await logIn(account.ownerEmail, 'not the password')).toMatchObject(REFUSED);
  expect(await logIn('nobody@acme.test', OWNER_PASSWORD)).toMatchObject(REFUSED);
  expect(await logIn(email, OWNER_PASSWORD)).toMatchObject(REFUSED);
});

test('an unknown user costs the work of a hash', async () => {
  const user = await addUserWithPassword('a cheap password');
  const quickest = async (email: string) => {
    const times: number[] = [];
    for (let tries = 0; tries < 8; tries += 1) {
      const start = performance.now();
      await logIn(email, 'not the password');
      times.push(performance.now() - start);
    }
    return Math.min(...times);
  };
  // The known user's hash is cheap here, so the unknown one is the slower by all that Argon2id costs in earnest.
  expect(await quickest('nobody@acme.test')).toBeGreaterThan(await quickest(user.email));
});

test('refuses an inactive user and a deleted one', async () => {
  const inactive = await addUserWithPassword('an inactive one');
  const deleted = await addUserWithPassword('a deleted one');
  expect((await logIn(inactive.email, 'an inactive one')).status).toBe(200);
  await account.owner.patch(`/users/${inactive.id}`, { status: 'inactive' });
  await account.owner.remove(`/users/${deleted.id}`);
  expect(await logIn(inactive.email, 'an inactive one')).toMatchObject(REFUSED);
  expect(await logIn(deleted.email, 'a deleted one')).toMatchObject(REFUSED);
});

test('takes a password that POST /users was given', async () => {
  const email = 'with-password@acme.test';
  const password = 'twelve and more';
  expect((await account.owner.post('/users', { name: 'P', email, password })).status).toBe(201);
  expect((await logIn(email, password)).status).toBe(200);
});

test('clears sessions past their time away', async () => {
  await account.rows(
    "INSERT INTO sessions (id, user_id, created_at, expires_at, refresh_hash, rotated_at) VALUES ('old', 'x', 1, 2, 'x', 1)",
  );
  await logIn(account.ownerEmail, OWNER_PASSWORD);
  expect(await account.rows("SELECT 1 FROM sessions WHERE id = 'old'")).toEqual([]);
});

test('says what is missing', async () => {
  const { status, body } = await account.control('POST', '/_platform/authenticate', { email: 'x' });
  expect(status).toBe(400);
  expect(body.error.context.fields).toEqual([
    { field: 'email', message: 'This is not an e-mail address.' },
    { field: 'password', message: expect.any(String) },
  ]);
});
