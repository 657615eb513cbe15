import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  REFRESH_REUSE_GRACE_MS,
  SESSION_LIFETIME_MS,
} from '#account-worker-template/sessions/refresh-token.ts';
import { OWNER_PASSWORD, TestAccount } from '#test/support/account.ts';
import type { Answered } from '#test/support/account-worker.ts';

let account: TestAccount;

beforeAll(async () => {
  account = await TestAccount.start();
});

afterAll(() => account.stop());

const REFUSED = { status: 401, body: { error: { code: 'REFRESH_TOKEN_INVALID' } } };

function refresh(token: string): Promise<Answered> {
  return account.control('POST', '/_platform/refresh', { refresh_token: token });
}

async function logIn(): Promise<{ id: string; token: string }> {
  const { body } = await account.control('POST', '/_platform/authenticate', {
    email: account.ownerEmail,
    password: OWNER_PASSWORD,
  });
  return { id: body.session_id, token: body.refresh_token };
}

async function isOpen(sessionId: string): Promise<boolean> {
  const token = await account.accessToken(account.owner.id, sessionId, 'owner');
  return (await account.owner.send('/me', { token })).status === 200;
}

/** Moves the session's last rotation into the past, as if the time had gone by. */
function pass(sessionId: string, ms: number) {
  return account.rows('UPDATE sessions SET rotated_at = rotated_at - ? WHERE id = ?', ms, sessionId);
}

describe('a refresh token', () => {
  test('is taken once and gives the next one, good for 30 days more', async () => {
    const { id, token } = await logIn();
    await account.rows('UPDATE sessions SET expires_at = expires_at - 1000000000 WHERE id = ?', id);
    const before = Date.now();
    const first = await refresh(token);
    expect(first).toMatchObject({ status: 200, body: { session_id: id, user: { id: account.owner.id } } });
    expect(first.body.refresh_token).not.toBe(token);
    expect(first.body.refresh_expires_at).toBeGreaterThanOrEqual(before + SESSION_LIFETIME_MS);
    const second = await refresh(first.body.refresh_token);
    expect(second.status).toBe(200);
    expect(second.headers.get('x-d1-bookmark')).not.toBeNull();
  });

  test('is taken again within the grace, for the reply may have been lost', async () => {
    const { id, token } = await logIn();
    await refresh(token);
    await pass(id, REFRESH_REUSE_GRACE_MS - 5000);
    const again = await refresh(token);
    expect(again.status).toBe(200);
    expect((await refresh(again.body.refresh_token)).status).toBe(200);
  });

  test('ends the session where it comes back after the grace', async () => {
    const { id, token } = await logIn();
    const { body } = await refresh(token);
    await pass(id, REFRESH_REUSE_GRACE_MS + 1);
    expect(await isOpen(id)).toBe(true);
    expect(await refresh(token)).toMatchObject(REFUSED);
    expect(await isOpen(id)).toBe(false);
    expect(await refresh(body.refresh_token)).toMatchObject(REFUSED);
  });

  test('has one grace, however often it comes back', async () => {
    const { id, token } = await logIn();
    await refresh(token);
    await pass(id, REFRESH_REUSE_GRACE_MS - 5000);
    await refresh(token);
    await pass(id, 5001);
    expect(await refresh(token)).toMatchObject(REFUSED);
    expect(await isOpen(id)).toBe(false);
  });

  test('that a repeated refresh took the place of ends the session: two hold it', async () => {
    const { id, token } = await logIn();
    const first = await refresh(token);
    expect((await refresh(token)).status).toBe(200);
    expect(await refresh(first.body.refresh_token)).toMatchObject(REFUSED);
    expect(await isOpen(id)).toBe(false);
  });

  test('sent by two at once gives both a token, of which one goes on', async () => {
    const { id, token } = await logIn();
    const answers = await Promise.all([refresh(token), refresh(token)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[0]?.body.refresh_token).not.toBe(answers[1]?.body.refresh_token);
    const [session] = await account.rows('SELECT * FROM sessions WHERE id = ?', id);
    expect(session).toMatchObject({
      ended_at: null,
      previous_refresh_hash: expect.any(String),
      lost_refresh_hash: expect.any(String),
    });
  });

  test.each(['', 'x', `${randomUUID()}.${'a'.repeat(43)}`, 'a.b.c', `x' OR 1=1 --`])(
    'is refused where nobody gave it: %j',
    async (token) => {
      const { status, body } = await refresh(token);
      expect([status, body.error.code]).toEqual(
        token === '' ? [400, 'VALIDATION_FAILED'] : [401, 'REFRESH_TOKEN_INVALID'],
      );
    },
  );

  test('with the right session and a wrong secret is refused and ends nothing', async () => {
    const { id, token } = await logIn();
    expect(await refresh(`${id}.${'a'.repeat(43)}`)).toMatchObject(REFUSED);
    expect((await refresh(token)).status).toBe(200);
  });

  test('is refused after its 30 days, and after the session ended', async () => {
    const expired = await logIn();
    await account.rows('UPDATE sessions SET expires_at = 1 WHERE id = ?', expired.id);
    expect(await refresh(expired.token)).toMatchObject(REFUSED);
    const ended = await logIn();
    const token = await account.accessToken(account.owner.id, ended.id, 'owner');
    expect((await account.owner.send('/sessions/current', { method: 'DELETE', token })).status).toBe(204);
    expect(await refresh(ended.token)).toMatchObject(REFUSED);
  });

  test('is refused once its user is inactive', async () => {
    const { id, token } = await logIn();
    const user = await account.addUser('member');
    await account.rows('UPDATE sessions SET user_id = ? WHERE id = ?', user.id, id);
    await account.owner.patch(`/users/${user.id}`, { status: 'inactive' });
    expect(await refresh(token)).toMatchObject(REFUSED);
  });

  test.each([
    ['inactive', "UPDATE users SET body = json_set(body, '$.status', 'inactive') WHERE id = ?"],
    ['deleted', 'UPDATE users SET deleted_at = 1 WHERE id = ?'],
  ])('is refused where its user is %s, though nothing ended the session', async (_what, statement) => {
    const { id, token } = await logIn();
    const user = await account.addUser('member');
    await account.rows('UPDATE sessions SET user_id = ? WHERE id = ?', user.id, id);
    await account.rows(statement, user.id);
    expect(await refresh(token)).toMatchObject(REFUSED);
  });
});
