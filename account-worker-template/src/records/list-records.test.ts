import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestAccount } from '#test/support/account.ts';

const CLIENTS = 60;
let account: TestAccount;

beforeAll(async () => {
  account = await TestAccount.start();
  const insert = `INSERT INTO clients (id, body, version, account_id, created_at, created_by, updated_at, updated_by, deleted_at)
    SELECT format('00000000-0000-7000-8000-%012d', value),
      json_object('kind', iif(value % 2, 'company', 'individual'), 'status', 'active', 'tags', json('[]'),
        'company_name', format('Company %02d', value % 10), 'last_name', NULL, 'email', format('c%d@x.test', value),
        'first_name', 'F', 'owner_user_id', 'u'),
      1, 'a', 1000 + value, 'u', 5000 - value, 'u', iif(value > 60, 1, NULL)
    FROM json_each(?)`;
  // Some more that are deleted, in the way of whoever scans.
  await account.rows(insert, JSON.stringify([...Array(CLIENTS + 40).keys()].map((index) => index + 1)));
});

afterAll(() => account.stop());

interface Page {
  readonly data: readonly { readonly id: string; readonly company_name: string; readonly kind: string }[];
  readonly next_cursor: string | null;
}

async function list(query: string): Promise<Page> {
  return (await account.owner.get(`/clients?${query}`)).body;
}

async function listAll(query: string): Promise<Page['data'][number][]> {
  const all: Page['data'][number][] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: Page = await list(cursor === '' ? query : `${query}&cursor=${cursor}`);
    all.push(...page.data);
    cursor = page.next_cursor;
  }
  return all;
}

describe('a list', () => {
  test('gives 50 whole records in the order of creation, and a cursor for the rest', async () => {
    const page = await list('');
    expect(page.data).toHaveLength(50);
    expect(page.data.map(({ id }) => id)).toEqual(page.data.map(({ id }) => id).toSorted());
    const rest = await list(`cursor=${page.next_cursor}`);
    expect(rest.data).toHaveLength(CLIENTS - 50);
    expect(rest.next_cursor).toBeNull();
  });

  test.each([
    'limit=7',
    'limit=7&sort=-id',
    'limit=7&sort=company_name',
    'limit=7&sort=-updated_at',
    'limit=60',
  ])('shows each record once over all pages: %s', async (query) => {
    const ids = (await listAll(query)).map(({ id }) => id);
    expect(ids).toHaveLength(CLIENTS);
    expect(new Set(ids).size).toBe(CLIENTS);
  });

  test('sorts up and down, equal values by id', async () => {
    const key = ({ company_name, id }: Page['data'][number]) => `${company_name} ${id}`;
    const up = (await listAll('limit=25&sort=company_name')).map(key);
    expect(up).toEqual(up.toSorted());
    expect((await listAll('limit=25&sort=-company_name')).map(key)).toEqual(up.toReversed());
  });

  test('filters, by one field and by several', async () => {
    expect(await listAll('kind=company&limit=20')).toHaveLength(30);
    const some = await listAll('kind=company&company_name=Company%2003');
    expect(some.map(({ kind, company_name }) => `${kind} ${company_name}`)).toEqual(
      Array(6).fill('company Company 03'),
    );
    expect(await listAll('email=C1@x.test')).toEqual([]);
    expect(await listAll('last_name=')).toHaveLength(CLIENTS);
  });

  test('keeps to the fields that were asked for', async () => {
    expect((await list('limit=1&fields=id,email&sort=created_at')).data).toEqual([
      { id: '00000000-0000-7000-8000-000000000001', email: 'c1@x.test' },
    ]);
  });

  test('neither repeats nor skips where a record comes in between', async () => {
    const first = await list('limit=3&sort=-email');
    await account.rows("UPDATE clients SET deleted_at = 1 WHERE id = '00000000-0000-7000-8000-000000000001'");
    const second = await list(`limit=3&sort=-email&cursor=${first.next_cursor}`);
    await account.rows(
      "UPDATE clients SET deleted_at = NULL WHERE id = '00000000-0000-7000-8000-000000000001'",
    );
    const [one, two] = [first, second].map(({ data }) => data.map(({ id }) => id));
    expect(new Set([...(one ?? []), ...(two ?? [])]).size).toBe(6);
  });

  test('names every parameter that is wrong', async () => {
    const { status, body } = await account.owner.get('/clients?limit=0&sort=tags&fields=password&colour=red');
    expect([status, body.error.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(body.error.context.fields.map(({ field }: { field: string }) => field)).toEqual([
      'limit',
      'sort',
      'fields',
      'colour',
    ]);
  });

  test('takes its own cursors only', async () => {
    const { next_cursor } = await list('limit=1');
    for (const query of [
      `cursor=x`,
      `sort=email&cursor=${next_cursor}`,
      `kind=company&cursor=${next_cursor}`,
    ]) {
      const { status, body } = await account.owner.get(`/clients?${query}`);
      expect([status, body.error.code]).toEqual([400, 'CURSOR_INVALID']);
    }
    expect((await account.owner.get(`/users?limit=1&cursor=${next_cursor}`)).status).toBe(400);
  });
});
