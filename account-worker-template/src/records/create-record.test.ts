import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestAccount } from '#test/support/account.ts';

let account: TestAccount;

beforeAll(async () => {
  account = await TestAccount.start();
});

afterAll(() => account.stop());

const COMPANY = { kind: 'company', company_name: 'Acme' };
const NOT_FOUND = {
  status: 404,
  body: { error: { code: 'RECORD_NOT_FOUND', message: 'There is no such record.', context: {} } },
};

function problem(field: string, message: unknown = expect.any(String)) {
  return {
    status: 400,
    body: { error: { code: 'VALIDATION_FAILED', context: { fields: [{ field, message }] } } },
  };
}

async function create(body: object = {}): Promise<{ id: string; version: number }> {
  return (await account.owner.post('/clients', { ...COMPANY, ...body })).body;
}

describe('POST', () => {
  test('answers the whole record, where it is, and its version', async () => {
    const before = Date.now();
    const { status, headers, body } = await account.owner.post('/clients', COMPANY);
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`https://freehold.test/a/acme/clients/${body.id}`);
    expect(headers.get('etag')).toBe('"1"');
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      account_id: account.id,
      version: 1,
      kind: 'company',
      title: null,
      first_name: null,
      last_name: null,
      company_name: 'Acme',
      email: null,
      phone: null,
      date_of_birth: null,
      addresses: [],
      status: 'active',
      owner_user_id: null,
      tags: [],
      created_at: expect.any(Number),
      created_by: account.owner.id,
      updated_at: body.created_at,
      updated_by: account.owner.id,
    });
    expect(body.created_at).toBeGreaterThanOrEqual(before);
    expect((await account.owner.get(`/clients/${body.id}`)).body).toEqual(body);
  });

  test('reads null as left out', async () => {
    const { status, body } = await account.owner.post('/clients', { ...COMPANY, tags: null, email: null });
    expect([status, body.tags, body.email]).toEqual([201, [], null]);
    expect(await account.owner.post('/clients', { kind: null, company_name: 'x' })).toMatchObject(
      problem('kind'),
    );
  });

  test.each([
    'id',
    'version',
    'account_id',
    'created_at',
    'deleted_at',
    'password',
    'body',
    'hasOwnProperty',
  ])('does not take the field %s', async (field) => {
    expect(await account.owner.post('/clients', { ...COMPANY, [field]: 'x' })).toMatchObject(
      problem(field, 'This field is not known here.'),
    );
  });

  test('refuses what is no JSON object', async () => {
    const send = (body: string, type = 'application/json') =>
      account.owner.send('/clients', { method: 'POST', body, headers: { 'content-type': type } });
    expect((await send('{')).body.error.code).toBe('MALFORMED_JSON');
    expect((await send('{}', 'text/plain')).body.error.code).toBe('UNSUPPORTED_MEDIA_TYPE');
    expect(await send('[]')).toMatchObject(problem('body'));
    expect(await send('null')).toMatchObject(problem('body'));
    const large = await send(JSON.stringify({ ...COMPANY, phone: 'x'.repeat(300_000) }));
    expect([large.status, large.body.error.code]).toEqual([413, 'BODY_TOO_LARGE']);
  });

  test('keeps text as it is, whatever it looks like', async () => {
    const company_name = `Robert'); DROP TABLE clients;-- "?" ?1 🦊`;
    const { id } = await create({ company_name });
    expect((await account.owner.get(`/clients/${id}`)).body.company_name).toBe(company_name);
  });
});

describe('GET of one', () => {
  test('answers 404 alike for what never was, is gone, or cannot be', async () => {
    const { id } = await create();
    await account.owner.remove(`/clients/${id}`);
    for (const other of [id, randomUUID(), 'x', `${id}x`, '%00', "' OR 1=1 --", account.owner.id]) {
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        const body = method === 'PATCH' ? { body: {} } : {};
        const path = `/clients/${encodeURIComponent(other)}`;
        expect(await account.owner.send(path, { method, ...body })).toMatchObject(NOT_FOUND);
      }
    }
  });

  test('finds an id in capital letters too', async () => {
    const { id } = await create();
    expect((await account.owner.get(`/clients/${id.toUpperCase()}`)).body.id).toBe(id);
  });
});

describe('a reference', () => {
  test('is to a record that is there', async () => {
    const user = await account.addUser('member');
    const { id } = await create({ owner_user_id: user.id });
    const refused = problem('owner_user_id', 'There is no such user.');
    expect(await account.owner.post('/clients', { ...COMPANY, owner_user_id: randomUUID() })).toMatchObject(
      refused,
    );
    expect(await account.owner.patch(`/clients/${id}`, { owner_user_id: id })).toMatchObject(refused);
    expect(await account.owner.patch(`/clients/${id}`, { owner_user_id: 'x' })).toMatchObject(
      problem('owner_user_id', 'This is not an id: ids are UUIDs.'),
    );
    await account.owner.remove(`/users/${user.id}`);
    const other = await create();
    expect(await account.owner.patch(`/clients/${other.id}`, { owner_user_id: user.id })).toMatchObject(
      refused,
    );
  });

  test('to a record that went later is in nobody’s way', async () => {
    const user = await account.addUser('member');
    const { id } = await create({ owner_user_id: user.id });
    await account.owner.remove(`/users/${user.id}`);
    expect((await account.owner.patch(`/clients/${id}`, { phone: '1' })).status).toBe(200);
    expect((await account.owner.patch(`/clients/${id}`, { owner_user_id: null })).status).toBe(200);
  });
});

describe('a role', () => {
  test.each([
    ['owner', [200, 201, 200, 204]],
    ['admin', [200, 201, 200, 204]],
    ['member', [200, 201, 200, 403]],
    ['viewer', [200, 403, 403, 403]],
  ])('%s may read, create, update and delete clients: %j', async (role, expected) => {
    const { id } = await create();
    const user = await account.addUser(role);
    const answers = [
      await user.get('/clients'),
      await user.post('/clients', COMPANY),
      await user.patch(`/clients/${id}`, { phone: '1' }),
      await user.remove(`/clients/${id}`),
    ];
    expect(answers.map(({ status }) => status)).toEqual(expected);
    for (const { status, body } of answers) if (status === 403) expect(body.error.code).toBe('FORBIDDEN');
  });
});
