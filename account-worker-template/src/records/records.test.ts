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

describe('PATCH', () => {
  test('changes the fields given, clears by null, and keeps the rest', async () => {
    const { id } = await create({ email: 'a@b.test', tags: ['x'], phone: '1' });
    const member = await account.addUser('member');
    const patched = await member.patch(`/clients/${id}`, { email: null, tags: null, company_name: 'New' });
    expect(patched).toMatchObject({
      status: 200,
      body: {
        id,
        version: 2,
        email: null,
        tags: [],
        phone: '1',
        company_name: 'New',
        updated_by: member.id,
        created_by: account.owner.id,
      },
    });
    expect(patched.headers.get('etag')).toBe('"2"');
    expect((await account.owner.get(`/clients/${id}`)).body).toEqual(patched.body);
  });

  test('checks the record as it will be', async () => {
    const { id } = await create();
    expect(await account.owner.patch(`/clients/${id}`, { company_name: null })).toMatchObject(
      problem('company_name', 'A company has a company_name.'),
    );
    expect(await account.owner.patch(`/clients/${id}`, { colour: 'red' })).toMatchObject(
      problem('colour', 'This field is not known here.'),
    );
    expect(await account.owner.patch(`/clients/${id}`, { status: 'gone' })).toMatchObject(problem('status'));
  });

  test('that changes nothing keeps the version', async () => {
    const created = await create({ tags: ['a'] });
    for (const patch of [{}, { company_name: 'Acme' }, { tags: ['A'] }, { email: null }]) {
      const { status, body } = await account.owner.patch(`/clients/${created.id}`, patch);
      expect([status, body]).toEqual([200, created]);
    }
  });

  test.each(['"1"', '1', ' "1" '])('goes through where If-Match %j is the version', async (version) => {
    const { id } = await create();
    const headers = { 'if-match': version };
    expect((await account.owner.patch(`/clients/${id}`, { phone: '1' }, headers)).status).toBe(200);
  });

  test('is refused where the record has another version, even if it would change nothing', async () => {
    const { id } = await create();
    await account.owner.patch(`/clients/${id}`, { phone: '1' });
    for (const patch of [{ phone: '2' }, {}]) {
      expect(await account.owner.patch(`/clients/${id}`, patch, { 'if-match': '"1"' })).toMatchObject({
        status: 412,
        body: { error: { code: 'VERSION_MISMATCH', context: { version: 2 } } },
      });
    }
  });

  test.each(['x', '"x"', 'W/"1"', '"1', '-1', '"1", "2"'])('refuses If-Match %j', async (value) => {
    const { id } = await create();
    const refused = problem('If-Match', 'Send the version of the record, as in "3".');
    expect(await account.owner.patch(`/clients/${id}`, {}, { 'if-match': value })).toMatchObject(refused);
    expect(await account.owner.remove(`/clients/${id}`, { 'if-match': value })).toMatchObject(refused);
  });

  test('loses no update where several come at once', async () => {
    const { id } = await create();
    const fields = ['title', 'first_name', 'last_name', 'phone'];
    const answers = await Promise.all(
      fields.map((field) => account.owner.patch(`/clients/${id}`, { [field]: field })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const { body } = await account.owner.get(`/clients/${id}`);
    expect(body).toMatchObject({ version: 5, ...Object.fromEntries(fields.map((field) => [field, field])) });
    const log = await account.rows('SELECT version FROM changes WHERE entity_id = ? ORDER BY seq', id);
    expect(log.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
  });

  test('lets one of two through that expect the same version', async () => {
    const { id } = await create();
    const headers = { 'if-match': '"1"' };
    const answers = await Promise.all(
      ['1', '2'].map((phone) => account.owner.patch(`/clients/${id}`, { phone }, headers)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  });
});

describe('DELETE', () => {
  test('hides the record and keeps its row', async () => {
    const { id } = await create({ email: 'gone@b.test' });
    expect(await account.owner.remove(`/clients/${id}`)).toMatchObject({ status: 204, body: null });
    expect((await account.owner.get('/clients?email=gone@b.test')).body.data).toEqual([]);
    const [row] = await account.rows('SELECT * FROM clients WHERE id = ?', id);
    expect(row).toMatchObject({ version: 2, deleted_at: expect.any(Number), updated_by: account.owner.id });
  });

  test('is refused where the record has another version', async () => {
    const { id } = await create();
    expect(await account.owner.remove(`/clients/${id}`, { 'if-match': '7' })).toMatchObject({
      status: 412,
      body: { error: { code: 'VERSION_MISMATCH', context: { version: 1 } } },
    });
    expect((await account.owner.remove(`/clients/${id}`, { 'if-match': '1' })).status).toBe(204);
  });

  test('happens once where two come at once', async () => {
    const { id } = await create();
    const answers = await Promise.all([1, 2].map(() => account.owner.remove(`/clients/${id}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
    const log = await account.rows("SELECT 1 FROM changes WHERE entity_id = ? AND action = 'delete'", id);
    expect(log).toHaveLength(1);
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
    expect(
      await account.owner.patch(`/clients/${await create().then((c) => c.id)}`, { owner_user_id: user.id }),
    ).toMatchObject(refused);
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
