import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestAccount } from '#test/support/account.ts';

let account: TestAccount;

beforeAll(async () => {
  account = await TestAccount.start();
});

afterAll(() => account.stop());

const ENDED = { status: 401, body: { error: { code: 'SESSION_ENDED' } } };

describe('a session', () => {
  test('tells its user who they are, whatever their role', async () => {
    for (const role of ['owner', 'admin', 'member', 'viewer']) {
      const user = await account.addUser(role);
      expect(await user.get('/me')).toMatchObject({
        status: 200,
        body: { id: user.id, role, status: 'active', account_id: account.id },
      });
    }
  });

  test('ends at once, and only itself', async () => {
    const user = await account.addUser('member');
    const other = await account.openSession(user.id, 'member');
    const ended = await user.remove('/sessions/current');
    expect(ended).toMatchObject({ status: 204, body: null });
    expect(ended.headers.get('x-d1-bookmark')).not.toBeNull();
    expect(await user.get('/me')).toMatchObject(ENDED);
    expect(await user.remove('/sessions/current')).toMatchObject(ENDED);
    expect((await other.get('/me')).status).toBe(200);
  });

  test('ends with its time', async () => {
    const user = await account.addUser('member');
    await account.rows('UPDATE sessions SET expires_at = 1 WHERE id = ?', user.sessionId);
    expect(await user.get('/me')).toMatchObject(ENDED);
  });

  test.each([
    ['is deactivated', (id: string) => account.owner.patch(`/users/${id}`, { status: 'inactive' })],
    ['is deleted', (id: string) => account.owner.remove(`/users/${id}`)],
  ])('ends when its user %s, and stays ended', async (_what, act) => {
    const user = await account.addUser('member');
    expect((await act(user.id)).status).toBeLessThan(300);
    expect(await user.get('/me')).toMatchObject(ENDED);
    const [session] = await account.rows('SELECT ended_at FROM sessions WHERE id = ?', user.sessionId);
    expect(session?.ended_at).not.toBeNull();
  });

  test.each([
    ['inactive', "UPDATE users SET body = json_set(body, '$.status', 'inactive') WHERE id = ?"],
    ['deleted', 'UPDATE users SET deleted_at = 1 WHERE id = ?'],
  ])('is none where its user is %s, though nothing ended it', async (_what, statement) => {
    const user = await account.addUser('member');
    await account.rows(statement, user.id);
    expect(await user.get('/me')).toMatchObject(ENDED);
    const write = await user.post('/clients', { kind: 'company', company_name: 'Nobody’s' });
    expect(write).toMatchObject(ENDED);
  });

  test('has to be refreshed when its user gets another role', async () => {
    const user = await account.addUser('member');
    await account.owner.patch(`/users/${user.id}`, { role: 'viewer' });
    expect(await user.get('/me')).toMatchObject(ENDED);
    const token = await account.accessToken(user.id, user.sessionId, 'viewer');
    expect((await user.send('/me', { token })).status).toBe(200);
  });
});

describe('a bookmark', () => {
  test('of a write is taken by a read', async () => {
    const written = await account.owner.post('/clients', { kind: 'company', company_name: 'Marked' });
    const bookmark = written.headers.get('x-d1-bookmark') ?? '';
    expect(bookmark).toMatch(/^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/);
    const read = await account.owner.get(`/clients/${written.body.id}`, { 'x-d1-bookmark': bookmark });
    expect(read.body).toEqual(written.body);
  });

  test.each(['garbage', 'first-primary', '00000000-00000001-00000000-xyz', "' OR 1"])(
    'that D1 did not give is refused: %j',
    async (bookmark) => {
      const { status, body } = await account.owner.get('/clients', { 'x-d1-bookmark': bookmark });
      expect(status).toBe(400);
      expect(body.error).toMatchObject({
        code: 'VALIDATION_FAILED',
        context: {
          fields: [
            {
              field: 'x-d1-bookmark',
              message: 'This is not a bookmark: send back what a write answered.',
            },
          ],
        },
      });
    },
  );
});
