import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { INVITATION_LIFETIME_MS } from '#account-worker-template/invitations/create-invitation.ts';
import { openedSessionSchema } from '#shared-schema/control/control-calls.ts';
import { sha256Hex } from '#shared-schema/hashing/sha256.ts';
import { TestAccount, type Visitor } from '#test/support/account.ts';

const PASSWORD = 'a password of my own';
let account: TestAccount;

beforeAll(async () => {
  account = await TestAccount.start();
});

afterAll(() => account.stop());

const FORBIDDEN = { status: 403, body: { error: { code: 'FORBIDDEN' } } };
const LINK_INVALID = { status: 401, body: { error: { code: 'ONE_TIME_TOKEN_INVALID', context: {} } } };

/** Invites as the platform passes it on, with the SHA-256 of the token that it made. */
async function invite(inviter: Visitor, fields: object = {}, headers: Readonly<Record<string, string>> = {}) {
  const token = randomUUID();
  const body = { name: 'Ivy Invited', email: `${randomUUID()}@acme.test`, ...fields };
  const sent = { 'x-freehold-one-time-token-sha256': await sha256Hex(token), ...headers };
  return { token, email: body.email, answered: await inviter.post('/invitations', body, sent) };
}

async function accept(token: string, fields: object = {}) {
  const body = { token_sha256: await sha256Hex(token), password: PASSWORD, ...fields };
  return account.control('POST', '/_platform/accept-invitation', body);
}

describe('an invitation', () => {
  test('is answered as a record, without its token', async () => {
    const { token, email, answered } = await invite(account.owner, { role: 'viewer' });
    const { status, headers, body } = answered;
    expect(status).toBe(201);
    expect(body).toEqual({
      ...{ id: expect.any(String), account_id: account.id, version: 1, name: 'Ivy Invited', email },
      ...{ role: 'viewer', status: 'pending', user_id: null },
      expires_at: Number(body.created_at) + INVITATION_LIFETIME_MS,
      ...{ created_at: expect.any(Number), created_by: account.owner.id },
      ...{ updated_at: expect.any(Number), updated_by: account.owner.id },
    });
    expect(headers.get('location')).toBe(`https://freehold.test/a/acme/invitations/${body.id}`);
    expect(headers.get('etag')).toBe('"1"');
    const [row] = await account.rows('SELECT * FROM invitations WHERE id = ?', body.id);
    expect(row?.token_hash).toBe(await sha256Hex(token));
    expect(JSON.stringify(row)).not.toContain(token);
    expect((await account.owner.get(`/invitations/${body.id}`)).body).toEqual(body);
    const { body: page } = await account.owner.get(`/invitations?email=${email}&status=pending`);
    expect(page.data).toEqual([body]);
    expect(JSON.stringify(await account.owner.get('/changes'))).not.toContain(await sha256Hex(token));
  });

  test('makes a member where no role is said', async () => {
    expect((await invite(account.owner)).answered.body.role).toBe('member');
  });

  test.each([
    ['email', { email: 'x' }],
    ['name', { name: ' ' }],
    ['role', { role: 'root' }],
    ['expires_at', { expires_at: 9_999_999_999_999 }],
    ['token_hash', { token_hash: 'x' }],
  ])('is refused with a bad or unknown %s', async (field, fields) => {
    const { answered } = await invite(account.owner, fields);
    expect([answered.status, answered.body.error.context.fields[0]?.field]).toEqual([400, field]);
  });

  test('is not made without the platform’s token', async () => {
    for (const hash of ['', 'x', 'A'.repeat(64)]) {
      const headers = { 'x-freehold-one-time-token-sha256': hash };
      expect((await invite(account.owner, {}, headers)).answered).toMatchObject({
        status: 404,
        body: { error: { code: 'NOT_FOUND' } },
      });
    }
  });

  test('goes to an address once: not to a user, and not while another is open', async () => {
    const { email, answered } = await invite(account.owner);
    const again = { status: 409, body: { error: { code: 'EMAIL_INVITED', context: { field: 'email' } } } };
    expect((await invite(account.owner, { email: email.toUpperCase() })).answered).toMatchObject(again);
    await account.rows(
      "UPDATE invitations SET body = json_set(body, '$.expires_at', 1) WHERE id = ?",
      answered.body.id,
    );
    const renewed = await invite(account.owner, { email });
    expect(renewed.answered.status).toBe(201);
    await account.owner.remove(`/invitations/${renewed.answered.body.id}`);
    const last = await invite(account.owner, { email });
    expect((await accept(last.token)).status).toBe(200);
    const taken = { status: 409, body: { error: { code: 'EMAIL_TAKEN', context: { field: 'email' } } } };
    expect((await invite(account.owner, { email })).answered).toMatchObject(taken);
  });

  test('goes to an address once where two are sent at once', async () => {
    const email = `${randomUUID()}@acme.test`;
    const both = await Promise.all([1, 2, 3].map(() => invite(account.owner, { email })));
    expect(both.map(({ answered }) => answered.status).sort()).toEqual([201, 409, 409]);
  });

  test('is answered again under the same Idempotency-Key, whatever token came with it', async () => {
    const email = `${randomUUID()}@acme.test`;
    const headers = { 'idempotency-key': 'invite' };
    const first = await invite(account.owner, { email }, headers);
    const second = await invite(account.owner, { email }, headers);
    expect(second.answered.body).toEqual(first.answered.body);
    expect(second.answered.headers.get('idempotency-replayed')).toBe('true');
    expect(await accept(second.token)).toMatchObject(LINK_INVALID);
    expect((await accept(first.token)).status).toBe(200);
  });

  test('of an owner is sent and revoked by an owner only', async () => {
    const admin = await account.addUser('admin');
    expect((await invite(admin, { role: 'owner' })).answered).toMatchObject(FORBIDDEN);
    const { answered } = await invite(account.owner, { role: 'owner' });
    expect(answered.status).toBe(201);
    expect(await admin.remove(`/invitations/${answered.body.id}`)).toMatchObject(FORBIDDEN);
    expect((await account.owner.remove(`/invitations/${answered.body.id}`)).status).toBe(204);
    const other = await invite(admin, { role: 'admin' });
    expect((await admin.remove(`/invitations/${other.answered.body.id}`)).status).toBe(204);
  });

  test('cannot be changed', async () => {
    const { answered } = await invite(account.owner);
    const changed = await account.owner.patch(`/invitations/${answered.body.id}`, { role: 'owner' });
    expect([changed.status, changed.headers.get('allow')]).toEqual([405, 'GET, HEAD, DELETE']);
  });

  test('is told of in the change log to who may read it', async () => {
    const { answered } = await invite(account.owner);
    const member = await account.addUser('member');
    const told = async (visitor: Visitor) => {
      const { body } = await visitor.get('/changes?limit=200');
      return body.data.some((entry) => entry.entity_id === answered.body.id);
    };
    expect([await told(account.owner), await told(member)]).toEqual([true, false]);
  });
});

describe('accepting an invitation', () => {
  test('makes the user and opens their session', async () => {
    const { token, email, answered } = await invite(account.owner, { role: 'admin' });
    const accepted = await accept(token, { name: 'Ivy Herself' });
    expect(accepted.status).toBe(200);
    const opened = openedSessionSchema.parse(accepted.body);
    expect(opened.user).toMatchObject({
      ...{ email, name: 'Ivy Herself', role: 'admin', status: 'active', account_id: account.id },
      ...{ version: 1, created_by: opened.user.id },
    });
    const access = await account.accessToken(opened.user.id, opened.session_id, 'admin');
    expect((await account.owner.send('/me', { token: access })).body).toEqual(opened.user);
    const credentials = { email, password: PASSWORD };
    expect((await account.control('POST', '/_platform/authenticate', credentials)).status).toBe(200);
    const read = await account.owner.get(`/invitations/${answered.body.id}`);
    expect(read.body).toMatchObject({ status: 'accepted', user_id: opened.user.id, version: 2 });
    const changes = await account.rows(
      'SELECT entity, action, version, actor_id FROM changes ORDER BY seq DESC LIMIT 2',
    );
    expect(changes).toEqual([
      { entity: 'invitation', action: 'update', version: 2, actor_id: opened.user.id },
      { entity: 'user', action: 'create', version: 1, actor_id: opened.user.id },
    ]);
  });

  test('takes the name of the invitation where none is said', async () => {
    const { token } = await invite(account.owner);
    expect((await accept(token)).body.user.name).toBe('Ivy Invited');
  });

  test('works once', async () => {
    const { token, email } = await invite(account.owner);
    expect((await accept(token)).status).toBe(200);
    expect(await accept(token)).toMatchObject(LINK_INVALID);
    expect(await account.rows('SELECT 1 FROM users WHERE email = ?', email)).toHaveLength(1);
  });

  test('works once where it is done twice at once', async () => {
    const { token, email } = await invite(account.owner);
    const answers = await Promise.all([accept(token), accept(token), accept(token)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
    expect(await account.rows('SELECT 1 FROM users WHERE email = ?', email)).toHaveLength(1);
  });

  test.each([
    ['is revoked', (id: string) => account.owner.remove(`/invitations/${id}`)],
    [
      'is past its time',
      (id: string) =>
        account.rows("UPDATE invitations SET body = json_set(body, '$.expires_at', 1) WHERE id = ?", id),
    ],
  ])('does nothing where it %s', async (_what, act) => {
    const { token, email, answered } = await invite(account.owner);
    await act(answered.body.id);
    expect(await accept(token)).toMatchObject(LINK_INVALID);
    expect(await account.rows('SELECT 1 FROM users WHERE email = ?', email)).toEqual([]);
  });

  test.each([
    ['was deleted', (id: string) => account.owner.remove(`/users/${id}`)],
    ['is inactive', (id: string) => account.owner.patch(`/users/${id}`, { status: 'inactive' })],
    ['is a member now', (id: string) => account.owner.patch(`/users/${id}`, { role: 'member' })],
  ])('does nothing where who sent it %s', async (_what, act) => {
    const admin = await account.addUser('admin');
    const { token } = await invite(admin);
    await act(admin.id);
    expect(await accept(token)).toMatchObject(LINK_INVALID);
  });

  test('as owner does nothing where who sent it is an owner no more', async () => {
    const second = await account.addUser('owner');
    const [owner, member] = [await invite(second, { role: 'owner' }), await invite(second)];
    await account.owner.patch(`/users/${second.id}`, { role: 'admin' });
    expect(await accept(owner.token)).toMatchObject(LINK_INVALID);
    expect((await accept(member.token)).status).toBe(200);
  });

  test('does nothing with a token that was never given', async () => {
    expect(await accept(randomUUID())).toMatchObject(LINK_INVALID);
  });

  test('says that the address was taken in between', async () => {
    const { token, email } = await invite(account.owner);
    await account.addUser('viewer', email);
    expect(await accept(token)).toMatchObject({ status: 409, body: { error: { code: 'EMAIL_TAKEN' } } });
    expect((await account.rows('SELECT status FROM invitations WHERE email = ?', email))[0]).toEqual({
      status: 'pending',
    });
  });

  test('wants a password of 12 characters', async () => {
    const { token } = await invite(account.owner);
    const { status, body } = await accept(token, { password: 'eleven char' });
    expect([status, body.error.context.fields[0]?.field]).toEqual([400, 'password']);
    expect((await accept(token)).status).toBe(200);
  });
});
