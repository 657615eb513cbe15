import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { startTestPlatform } from './support/local-platform.ts';
import {
  ADDRESS_FORMS,
  type AddressForm,
  accountUrl,
  logIn,
  OpenAccount,
  openAccount,
  pageSchema,
  recordSchema,
  type TestRecord,
} from './support/open-account.ts';
import { expectInvalidFields, expectRefusal } from './support/refusal.ts';

const BOOKMARK = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/;

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let account: OpenAccount;

beforeAll(async () => {
  platform = await startTestPlatform();
  account = await openAccount(platform.instance, 'acme');
});
afterAll(() => platform?.stop());

async function list(query: string, form: AddressForm = 'path') {
  const answer = await account.send(`/clients?${query}`, {}, form);
  expect(answer.status, answer.text).toBe(200);
  return pageSchema.parse(answer.body);
}

describe.each(ADDRESS_FORMS)('a client, in the %s form', (form) => {
  let client: TestRecord;
  let here: OpenAccount;
  const at = () => `/clients/${client.id}`;

  test('is created', async () => {
    here = new OpenAccount(platform.instance, account.account, await logIn(platform.instance, 'acme', form));
    const json = {
      ...{ kind: 'individual', first_name: ' Ada ', last_name: 'Byron', email: 'Ada@Byron.example' },
      ...{
        date_of_birth: '1990-12-10',
        tags: ['vip', 'VIP'],
        addresses: [{ line_1: '1 High St', country: 'gb' }],
      },
    };
    const answer = await here.send('/clients', { method: 'POST', json }, form);
    expect(answer.status, answer.text).toBe(201);
    client = recordSchema.parse(answer.body);
    expect(client).toMatchObject({
      ...{ kind: 'individual', first_name: 'Ada', last_name: 'Byron', email: 'ada@byron.example' },
      ...{ version: 1, status: 'active', company_name: null, tags: ['vip'], account_id: account.account.id },
      ...{ created_by: here.session.user.id, updated_by: here.session.user.id },
    });
    expect(answer.headers.get('location')).toBe(`${accountUrl(platform.instance, 'acme', form)}${at()}`);
    expect(answer.headers.get('etag')).toBe('"1"');
    expect(answer.headers.get('x-d1-bookmark')).toMatch(BOOKMARK);
  });

  test('is read, under its own address and in the list', async () => {
    const answer = await here.send(at(), {}, form);
    expect(answer).toMatchObject({ status: 200, body: client });
    expect((await list('limit=200', form)).data).toContainEqual(client);
  });

  test('is updated field by field', async () => {
    const json = { phone: '+44 20 7946 0000', date_of_birth: null };
    const answer = await here.send(at(), { method: 'PATCH', json, headers: { 'if-match': '"1"' } }, form);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ ...client, ...json, version: 2, updated_at: expect.any(Number) });
  });

  test('is not written over by someone who saw an older version', async () => {
    for (const method of ['PATCH', 'DELETE']) {
      const json = method === 'PATCH' ? { phone: '1' } : undefined;
      const answer = await here.send(at(), { method, json, headers: { 'if-match': '"1"' } }, form);
      expectRefusal(answer, 'VERSION_MISMATCH', { version: 2 });
    }
  });

  test('is deleted, and then is nowhere', async () => {
    const deleted = await here.send(at(), { method: 'DELETE', headers: { 'if-match': '"2"' } }, form);
    expect(deleted).toMatchObject({ status: 204, text: '' });
    expectRefusal(await here.send(at(), {}, form), 'RECORD_NOT_FOUND');
    const json = { phone: '1' };
    expectRefusal(await here.send(at(), { method: 'PATCH', json }, form), 'RECORD_NOT_FOUND');
    expectRefusal(await here.send(at(), { method: 'DELETE' }, form), 'RECORD_NOT_FOUND');
    expect((await list('limit=200', form)).data.map(({ id }) => id)).not.toContain(client.id);
  });

  test('has its whole story in the change log', async () => {
    const changes = await allChanges(form);
    const story = changes.filter(({ entity_id }) => entity_id === client.id);
    expect(story.map(({ action, version }) => [action, version])).toStrictEqual([
      ['create', 1],
      ['update', 2],
      ['delete', 3],
    ]);
    expect(story[1]?.changed).toStrictEqual({
      phone: { from: null, to: '+44 20 7946 0000' },
      date_of_birth: { from: '1990-12-10', to: null },
    });
  });
});

describe('a write', () => {
  test('with an Idempotency-Key is done once and answered alike', async () => {
    const json = { kind: 'company', company_name: 'Once Ltd' };
    const headers = { 'idempotency-key': 'once' };
    const [one, two] = await Promise.all([
      account.send('/clients', { method: 'POST', json, headers }),
      account.send('/clients', { method: 'POST', json, headers }, 'host'),
    ]);
    expect([one.status, two.status, two.text]).toStrictEqual([201, 201, one.text]);
    expect((await list('company_name=Once%20Ltd')).data).toStrictEqual([one.body]);
    const other = { ...json, company_name: 'Twice Ltd' };
    const reused = await account.send('/clients', { method: 'POST', json: other, headers });
    expectRefusal(reused, 'IDEMPOTENCY_KEY_REUSED');
    expect((await list('company_name=Twice%20Ltd')).data).toStrictEqual([]);
  });

  test('is seen by a read that brings its bookmark', async () => {
    const json = { kind: 'company', company_name: 'Fresh Ltd' };
    const written = await account.send('/clients', { method: 'POST', json });
    const bookmark = written.headers.get('x-d1-bookmark') ?? '';
    const headers = { 'x-d1-bookmark': bookmark };
    const read = await account.send(`/clients?company_name=Fresh%20Ltd`, { headers });
    expect(read.body).toStrictEqual({ data: [written.body], next_cursor: null });
    const malformed = await account.send('/clients', { headers: { 'x-d1-bookmark': 'soon' } });
    expectInvalidFields(malformed, 'x-d1-bookmark');
  });

  test('of many at once to one record loses none', async () => {
    const { id } = await account.createClient({ kind: 'company', company_name: 'Busy Ltd' });
    const phones = ['1', '2', '3', '4', '5'];
    const answers = await Promise.all(
      phones.map((phone) => account.send(`/clients/${id}`, { method: 'PATCH', json: { phone } })),
    );
    expect(answers.map(({ status }) => status)).toStrictEqual(phones.map(() => 200));
    expect((await account.send(`/clients/${id}`)).body).toMatchObject({ version: 6 });
  });
});

const changesSchema = z.strictObject({
  data: z.array(
    z.looseObject({ entity_id: z.string(), action: z.string(), version: z.int(), changed: z.unknown() }),
  ),
  next_cursor: z.string().nullable(),
});

async function allChanges(form: AddressForm) {
  const seen = [];
  for (let since: string | null = '0'; since !== null; ) {
    const answer = await account.send(`/changes?limit=100&since=${since}`, {}, form);
    const page = changesSchema.parse(answer.body);
    seen.push(...page.data);
    since = page.next_cursor;
  }
  return seen;
}
