import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestAccount } from '#test/support/account.ts';

let account: TestAccount;

beforeAll(async () => {
  account = await TestAccount.start();
});

afterAll(() => account.stop());

const COMPANY = { kind: 'company', company_name: 'Acme' };
const REUSED = { status: 409, body: { error: { code: 'IDEMPOTENCY_KEY_REUSED' } } };

function withKey(key: string = randomUUID()) {
  return { 'idempotency-key': key };
}

async function countNamed(company_name: string): Promise<number> {
  return (await account.owner.get(`/clients?company_name=${company_name}`)).body.data.length;
}

describe('an Idempotency-Key', () => {
  test('replays the first answer to a POST', async () => {
    const headers = withKey();
    const first = await account.owner.post('/clients', { ...COMPANY, company_name: 'Once' }, headers);
    const again = await account.owner.post('/clients', { ...COMPANY, company_name: 'Once' }, headers);
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.headers.get('x-d1-bookmark')).not.toBeNull();
    expect(await countNamed('Once')).toBe(1);
  });

  test('replays the first answer to a PATCH, whatever came in between', async () => {
    const { body: client } = await account.owner.post('/clients', COMPANY);
    const headers = withKey();
    const path = `/clients/${client.id}`;
    const first = await account.owner.patch(path, { phone: '1' }, headers);
    await account.owner.patch(path, { phone: '2' });
    const again = await account.owner.patch(path, { phone: '1' }, headers);
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('x-d1-bookmark')).not.toBeNull();
    expect((await account.owner.get(path)).body).toMatchObject({ phone: '2', version: 3 });
    await account.owner.remove(path);
    expect(await account.owner.patch(path, { phone: '1' }, headers)).toMatchObject({ body: first.body });
  });

  test('replays a PATCH that changed nothing', async () => {
    const { body: client } = await account.owner.post('/clients', COMPANY);
    const headers = withKey();
    const path = `/clients/${client.id}`;
    await account.owner.patch(path, { status: 'active' }, headers);
    await account.owner.patch(path, { status: 'archived' });
    const again = await account.owner.patch(path, { status: 'active' }, headers);
    expect(again).toMatchObject({ status: 200, body: client });
    expect((await account.owner.get(path)).body.status).toBe('archived');
  });

  test('replays a DELETE', async () => {
    const { body: client } = await account.owner.post('/clients', COMPANY);
    const headers = withKey();
    expect((await account.owner.remove(`/clients/${client.id}`, headers)).status).toBe(204);
    const again = await account.owner.remove(`/clients/${client.id}`, headers);
    expect(again).toMatchObject({ status: 204, body: null });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  test('is refused with another body, path or method', async () => {
    const headers = withKey();
    const { body: client } = await account.owner.post('/clients', COMPANY, headers);
    const path = `/clients/${client.id}`;
    expect(await account.owner.post('/clients', { ...COMPANY, phone: '1' }, headers)).toMatchObject(REUSED);
    expect(await account.owner.patch(path, COMPANY, headers)).toMatchObject(REUSED);
    expect(await account.owner.remove(path, headers)).toMatchObject(REUSED);
    expect(await account.owner.post('/users', { name: 'x', email: 'x@x.test' }, headers)).toMatchObject(
      REUSED,
    );
    expect((await account.owner.get(path)).body.version).toBe(1);
  });

  test('belongs to its user', async () => {
    const headers = withKey();
    const admin = await account.addUser('admin');
    const [mine, theirs] = [
      await account.owner.post('/clients', COMPANY, headers),
      await admin.post('/clients', COMPANY, headers),
    ];
    expect(theirs.status).toBe(201);
    expect(theirs.body.id).not.toBe(mine.body.id);
  });

  test('may be sent again after a request that was refused: nothing happened under it', async () => {
    const headers = withKey();
    const email = `${randomUUID()}@acme.test`;
    const other = await account.addUser('viewer', email);
    const body = { name: 'Second', email };
    expect((await account.owner.post('/users', body, headers)).body.error.code).toBe('EMAIL_TAKEN');
    await account.owner.remove(`/users/${other.id}`);
    expect((await account.owner.post('/users', body, headers)).status).toBe(201);
  });

  test('makes one record where the same request comes several times at once', async () => {
    const headers = withKey();
    const body = { ...COMPANY, company_name: 'AtOnce' };
    const answers = await Promise.all([1, 2, 3, 4].map(() => account.owner.post('/clients', body, headers)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(answers.map(({ body: { id } }) => id)).size).toBe(1);
    expect(answers.filter(({ headers: h }) => h.get('idempotency-replayed') === null)).toHaveLength(1);
    expect(await countNamed('AtOnce')).toBe(1);
  });

  test('changes a record once where the same PATCH comes several times at once', async () => {
    const { body: client } = await account.owner.post('/clients', COMPANY);
    const headers = withKey();
    const path = `/clients/${client.id}`;
    const answers = await Promise.all(
      [1, 2, 3].map(() => account.owner.patch(path, { phone: '1' }, headers)),
    );
    expect(answers.map(({ body }) => body.version)).toEqual([2, 2, 2]);
    expect((await account.owner.get(path)).body.version).toBe(2);
  });

  test('is forgotten after 24 hours, and cleared away', async () => {
    const headers = withKey('old-key');
    const first = await account.owner.post('/clients', COMPANY, headers);
    const [row] = await account.rows("SELECT * FROM idempotency_keys WHERE key = 'old-key'");
    expect(Number(row?.expires_at) - first.body.created_at).toBe(24 * 60 * 60 * 1000);
    await account.rows("UPDATE idempotency_keys SET expires_at = 1 WHERE key = 'old-key'");
    const second = await account.owner.post('/clients', { ...COMPANY, phone: '1' }, headers);
    expect(second.status).toBe(201);
    expect(second.body.id).not.toBe(first.body.id);

    await account.rows("UPDATE idempotency_keys SET expires_at = 1 WHERE key = 'old-key'");
    await account.owner.post('/clients', COMPANY, withKey());
    expect(await account.rows("SELECT 1 FROM idempotency_keys WHERE key = 'old-key'")).toEqual([]);
  });

  test('keeps no password', async () => {
    const body = { name: 'P', email: 'keyed@acme.test', password: 'never to be written' };
    await account.owner.post('/users', body, withKey('with-password'));
    const [row] = await account.rows("SELECT * FROM idempotency_keys WHERE key = 'with-password'");
    expect(JSON.stringify(row)).toContain('keyed@acme.test');
    expect(JSON.stringify(row)).not.toMatch(/never|password":|argon2id/);
  });

  test('of a bad form is refused', async () => {
    const { status, body } = await account.owner.post('/clients', COMPANY, withKey('k'.repeat(256)));
    expect([status, body.error.context.fields[0]?.field]).toEqual([400, 'Idempotency-Key']);
  });

  test('replays nothing to a session that has ended', async () => {
    const user = await account.addUser('member');
    const headers = withKey();
    await user.post('/clients', COMPANY, headers);
    await user.remove('/sessions/current');
    expect((await user.post('/clients', COMPANY, headers)).body.error.code).toBe('SESSION_ENDED');
  });
});
