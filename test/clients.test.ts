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

describe('120 clients', () => {
  const names = Array.from({ length: 120 }, (_, number) => `Client ${String(number).padStart(3, '0')}`);
  let all: TestRecord[];

  test('are created, many at once', async () => {
    const made: TestRecord[] = [];
    const waiting = [...names];
    const worker = async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const status = name.endsWith('5') ? 'inactive' : 'active';
        made.push(await account.createClient({ kind: 'company', company_name: name, status }));
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    all = made.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(new Set(all.map(({ id }) => id)).size).toBe(120);
  });

  test('come 50 to a page where no limit is given, and 200 at most', async () => {
    expect((await list('kind=company')).data).toHaveLength(50);
    expect((await list('kind=company&limit=200')).data).toStrictEqual(all);
    for (const limit of ['201', '0', '-1', 'ten', '1.5', '']) {
      expectInvalidFields(await account.send(`/clients?limit=${limit}`), 'limit');
    }
  });

  test.each(['id', '-id', 'company_name', '-company_name', 'created_at'])(
    'are paged through by %s, each once, in order',
    async (sort) => {
      const seen = await pages(`kind=company&limit=33&sort=${sort}`);
      expect(seen.map(({ id }) => id).toSorted()).toStrictEqual(all.map(({ id }) => id));
      const field = sort.replace('-', '');
      const values = seen.map((record) => record[field]);
      expect(values).toStrictEqual(
        values.toSorted((a, b) => (sort.startsWith('-') ? -1 : 1) * compare(a, b)),
      );
    },
  );

  test('are filtered by field', async () => {
    const inactive = await pages('kind=company&status=inactive&limit=5');
    expect(inactive).toStrictEqual(all.filter(({ status }) => status === 'inactive'));
    expect(await pages('company_name=Client 007'.replace(' ', '%20'))).toMatchObject([
      { company_name: 'Client 007' },
    ]);
    expectInvalidFields(await account.send('/clients?phone=1'), 'phone');
    expectInvalidFields(await account.send('/clients?sort=phone'), 'sort');
  });

  test('are answered with the fields that were asked for', async () => {
    const answer = await account.send('/clients?kind=company&limit=2&fields=id,company_name');
    const rows = all.slice(0, 2).map(({ id, company_name }) => ({ id, company_name }));
    expect(answer.body).toStrictEqual({ data: rows, next_cursor: expect.any(String) });
    expectInvalidFields(await account.send('/clients?fields=id,password_hash'), 'fields');
  });

  test('are each seen once while others come and go between the pages', async () => {
    const gone = all[60];
    if (!gone) throw new Error('There are 120.');
    const seen = await pages('kind=company&limit=20&sort=company_name', async (page) => {
      const made = await account.createClient({ kind: 'company', company_name: `AAA ${page}` });
      await account.createClient({ kind: 'company', company_name: `Client 0${page}0 and more` });
      await account.send(`/clients/${made.id}`, { method: 'DELETE' });
      if (page === 1) await account.send(`/clients/${gone.id}`, { method: 'DELETE' });
    });
    const kept = all.filter(({ id }) => id !== gone.id).map(({ company_name }) => company_name);
    const seenNames = seen.map(({ company_name }) => company_name);
    expect(seenNames).toStrictEqual([...new Set(seenNames)]);
    expect(seenNames).toEqual(expect.arrayContaining(kept));
  });

  test('a cursor is good for its own list only', async () => {
    const { next_cursor } = await list('kind=company&limit=2');
    for (const query of [`limit=2&cursor=${next_cursor}`, `kind=company&sort=-id&cursor=${next_cursor}`]) {
      expectRefusal(await account.send(`/clients?${query}`), 'CURSOR_INVALID');
    }
    expectRefusal(await account.send('/clients?cursor=nonsense'), 'CURSOR_INVALID');
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

async function pages(query: string, between?: (page: number) => Promise<unknown>): Promise<TestRecord[]> {
  const seen: TestRecord[] = [];
  let cursor: string | null = null;
  for (let page = 0; page === 0 || cursor !== null; page += 1) {
    const answered: Awaited<ReturnType<typeof list>> = await list(
      cursor ? `${query}&cursor=${cursor}` : query,
    );
    seen.push(...answered.data);
    cursor = answered.next_cursor;
    await between?.(page);
  }
  return seen;
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : Number(String(a) > String(b));
}
