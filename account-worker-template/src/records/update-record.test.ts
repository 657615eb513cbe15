import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestAccount } from '#test/support/account.ts';

let account: TestAccount;

beforeAll(async () => {
  account = await TestAccount.start();
});

afterAll(() => account.stop());

const COMPANY = { kind: 'company', company_name: 'Acme' };
function problem(field: string, message: unknown = expect.any(String)) {
  return {
    status: 400,
    body: { error: { code: 'VALIDATION_FAILED', context: { fields: [{ field, message }] } } },
  };
}

async function create(body: object = {}): Promise<{ id: string; version: number }> {
  return (await account.owner.post('/clients', { ...COMPANY, ...body })).body;
}

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
