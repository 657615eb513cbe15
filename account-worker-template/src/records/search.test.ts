import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestAccount, type Visitor } from '#test/support/account.ts';
import { createSample } from '#test/support/sample-records.ts';

let account: TestAccount;
let owner: Visitor;

beforeAll(async () => {
  account = await TestAccount.start();
  owner = account.owner;
  const names = [
    ['Zoë', 'O’Brien'],
    ['John', 'Johnson'],
    ['Johanna', 'Smith-Jones'],
    ['Adam', 'Smith'],
  ];
  for (const [first_name, last_name] of names) {
    await createSample(owner, '/clients', { kind: 'individual', company_name: null, first_name, last_name });
  }
  await createSample(owner, '/clients', { company_name: 'Smith & Sons Ltd.', tags: ['vip', 'new'] });
});

afterAll(() => account.stop());

async function search(query: string): Promise<string[]> {
  const { status, body } = await owner.get(`/clients?${query}`);
  expect({ query, status }).toEqual({ query, status: 200 });
  return body.data.map(({ company_name, last_name }) => String(last_name ?? company_name));
}

describe('q', () => {
  test.each([
    ['q=zoe', ['O’Brien']],
    ['q=ZO%C3%8B', ['O’Brien']],
    ["q=o'b", ['O’Brien']],
    ['q=jo', ['Smith-Jones', 'Johnson']],
    ['q=jon', ['Smith-Jones']],
    ['q=smi', ['Smith-Jones', 'Smith', 'Smith & Sons Ltd.']],
    ['q=smith+jo', ['Smith-Jones']],
    ['q=sons+smi+l', ['Smith & Sons Ltd.']],
    ['q=mith', []],
    ['q=smithson', []],
    ['q=%25', null],
    ['q=smith+x', []],
  ])('%s finds by the beginnings of words', async (query, found) => {
    if (found !== null) expect((await search(query)).sort()).toEqual([...found].sort());
    else expect((await owner.get(`/clients?${query}`)).status).toBe(400);
  });

  test('goes in the order of the words found, page by page, each record once', async () => {
    const first = await owner.get('/clients?q=jo&limit=1');
    const second = await owner.get(`/clients?q=jo&limit=1&cursor=${first.body.next_cursor}`);
    expect([first, second].map(({ body }) => body.data[0]?.last_name)).toEqual(['Smith-Jones', 'Johnson']);
    expect(second.body.next_cursor).toBeNull();
    expect(Object.keys(first.body.data[0] ?? {})).not.toContain('q');
  });

  test('keeps to filters and to the sort that was asked for', async () => {
    expect(await search('q=smi&kind=company')).toEqual(['Smith & Sons Ltd.']);
    expect(await search('q=smi&kind=individual&sort=last_name')).toEqual(['Smith', 'Smith-Jones']);
    expect(await search('q=smi&kind=individual&sort=-last_name')).toEqual(['Smith-Jones', 'Smith']);
    expect(await search('q=smi&tags=vip')).toEqual(['Smith & Sons Ltd.']);
  });

  test('finds a record by what it is called now, and not once it is gone', async () => {
    const { id } = await createSample(owner, '/clients', { company_name: 'Before' });
    await owner.patch(`/clients/${id}`, { phone: '1' });
    expect(await search('q=before')).toEqual(['Before']);
    await owner.patch(`/clients/${id}`, { company_name: 'After' });
    expect([await search('q=before'), await search('q=after')]).toEqual([[], ['After']]);
    await owner.remove(`/clients/${id}`);
    expect(await search('q=after')).toEqual([]);
    expect(await account.rows('SELECT 1 FROM index_entries WHERE record_id = ?', id)).toEqual([]);
  });

  test('finds nothing of what was refused', async () => {
    const user = await createSample(owner, '/users', { name: 'Present' });
    const taken = { name: 'Renamed', email: account.ownerEmail };
    expect((await owner.patch(`/users/${user.id}`, taken)).body.error.code).toBe('EMAIL_TAKEN');
    expect((await owner.get('/users?q=renamed')).body.data).toEqual([]);
    expect((await owner.get('/users?q=present')).body.data).toEqual([user]);
    const nobodys = { title: 'Phantom', client_id: user.id };
    expect((await owner.post('/cases', nobodys)).body.error.code).toBe('VALIDATION_FAILED');
    expect(await account.rows("SELECT 1 FROM index_entries WHERE term = 'phantom'")).toEqual([]);
  });

  test('finds the owner whom the platform made', async () => {
    expect((await owner.get('/users?q=olive')).body.data.map(({ id }) => id)).toEqual([owner.id]);
  });

  test.each([
    ['q=', 'Search for a letter or a digit at least.'],
    ['q=a+b+c+d+e+f+g+h+i', 'Search for at most 8 words.'],
  ])('refuses %s', async (query, message) => {
    const { status, body } = await owner.get(`/clients?${query}`);
    expect([status, body.error.context.fields]).toEqual([400, [{ field: 'q', message }]]);
  });

  test('is no parameter where there are no names', async () => {
    const { body } = await owner.get('/client-dependant-clients?q=a');
    expect(body.error.context.fields[0]?.field).toBe('q');
  });
});

describe('a filter by what a list contains', () => {
  test('finds by one of several, and by each of two', async () => {
    expect(await search('tags=vip')).toEqual(['Smith & Sons Ltd.']);
    expect(await search('tags=VIP')).toEqual([]);
    const { id } = await createSample(owner, '/clients', { company_name: 'Newcomer', tags: ['new'] });
    expect(await search('tags=new&sort=-company_name')).toEqual(['Smith & Sons Ltd.', 'Newcomer']);
    await owner.patch(`/clients/${id}`, { tags: ['old'] });
    expect(await search('tags=new')).toEqual(['Smith & Sons Ltd.']);
    expect(await search('tags=old')).toEqual(['Newcomer']);
  });
});

describe('a range', () => {
  beforeAll(async () => {
    for (const due_at of [null, 100, 200, 200, 300]) {
      await createSample(owner, '/cases', { title: `Due ${due_at}`, due_at });
    }
    for (const date_of_birth of [null, '1980-01-01', '1990-06-15']) {
      await createSample(owner, '/client-dependants', { date_of_birth });
    }
  });

  async function list(path: string, field: string): Promise<unknown[]> {
    return (await owner.get(path)).body.data.map((record) => record[field]);
  }

  test.each([
    ['due_at.gte=200', [200, 200, 300]],
    ['due_at.gt=200', [300]],
    ['due_at.lte=200', [100, 200, 200]],
    ['due_at.lt=200', [100]],
    ['due_at.lt=300&sort=-due_at', [200, 200, 100]],
    ['due_at.gte=100&due_at.lt=300', [100, 200, 200]],
    ['due_at=', [null]],
    ['due_at=200', [200, 200]],
    ['sort=due_at', [null, 100, 200, 200, 300]],
    ['sort=-due_at&status=open', [300, 200, 200, 100, null]],
    ['due_at.lte=200&sort=-id', [200, 200, 100]],
  ])('of times, without those that have none: %s', async (query, expected) => {
    expect(await list(`/cases?${query}`, 'due_at')).toEqual(expected);
    const one = await owner.get(`/cases?${query}&limit=1`);
    const seen = one.body.data.map(({ due_at }) => due_at);
    for (let cursor = one.body.next_cursor; cursor !== null; ) {
      const page = await owner.get(`/cases?${query}&limit=1&cursor=${cursor}`);
      seen.push(...page.body.data.map(({ due_at }) => due_at));
      cursor = page.body.next_cursor;
    }
    expect(seen).toEqual(expected);
  });

  test.each([
    ['date_of_birth.lt=1990-01-01', ['1980-01-01']],
    ['date_of_birth.gte=1980-01-01&sort=-date_of_birth', ['1990-06-15', '1980-01-01']],
    ['date_of_birth=', [null]],
  ])('of dates, without those that have none: %s', async (query, expected) => {
    expect(await list(`/client-dependants?${query}`, 'date_of_birth')).toEqual(expected);
  });

  test.each([
    ['due_at.gte=soon', 'This field is filtered by a whole number.'],
    ['due_at.gte=', 'This field is filtered by a whole number.'],
    ['due_at.gte=-1', 'This field is filtered by a whole number.'],
    ['due_at.near=1', 'Ask for a range by one of: .gt, .gte, .lt, .lte.'],
    ['due_at.gte.x=1', 'Ask for a range by one of: .gt, .gte, .lt, .lte.'],
    ['due_at.constructor=1', 'Ask for a range by one of: .gt, .gte, .lt, .lte.'],
    ['status.gte=a', 'This field cannot be asked for by range.'],
    ['tags.gte=a', expect.stringMatching(/^Filter by one of: client_id, /)],
  ])('refuses %s', async (query, message) => {
    const { status, body } = await owner.get(`/cases?${query}`);
    const [field] = query.split('=');
    expect([status, body.error.context.fields]).toEqual([400, [{ field, message }]]);
  });

  test('refuses a date that is none', async () => {
    const { body } = await owner.get('/client-dependants?date_of_birth.lt=1990-02-30');
    expect(body.error.context.fields).toEqual([
      { field: 'date_of_birth.lt', message: 'This field is filtered by a date, YYYY-MM-DD.' },
    ]);
  });
});
