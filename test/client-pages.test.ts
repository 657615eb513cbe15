import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestPlatform } from './support/local-platform.ts';
import { type OpenAccount, openAccount, pageSchema, type TestRecord } from './support/open-account.ts';
import { expectInvalidFields, expectRefusal } from './support/refusal.ts';

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let account: OpenAccount;

beforeAll(async () => {
  platform = await startTestPlatform();
  account = await openAccount(platform.instance, 'acme');
});
afterAll(() => platform?.stop());

async function list(query: string) {
  const answer = await account.send(`/clients?${query}`);
  expect(answer.status, answer.text).toBe(200);
  return pageSchema.parse(answer.body);
}

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

  test('are not listed where a parameter is given twice', async () => {
    for (const pair of ['limit=1', 'sort=-id', 'fields=id', 'kind=company']) {
      const [name = ''] = pair.split('=');
      expectInvalidFields(await account.send(`/clients?${pair}&${pair}`), name);
    }
  });

  test('a cursor is good for its own list only', async () => {
    const { next_cursor } = await list('kind=company&limit=2');
    for (const query of [`limit=2&cursor=${next_cursor}`, `kind=company&sort=-id&cursor=${next_cursor}`]) {
      expectRefusal(await account.send(`/clients?${query}`), 'CURSOR_INVALID');
    }
    expectRefusal(await account.send('/clients?cursor=nonsense'), 'CURSOR_INVALID');
  });
});

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
