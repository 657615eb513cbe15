import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changesStatement } from '#account-worker-template/changes/list-changes.ts';
import { TestAccount } from '#test/support/account.ts';

let account: TestAccount;

beforeAll(async () => {
  account = await TestAccount.start();
});

afterAll(() => account.stop());

async function lastSeq(): Promise<number> {
  const [row] = await account.rows('SELECT max(seq) AS seq FROM changes');
  return Number(row?.seq);
}

test('every write of a record is an entry that says who changed what, from what to what', async () => {
  const since = await lastSeq();
  const headers = { 'x-request-id': 'req-create' };
  const created = await account.owner.post('/clients', { kind: 'company', company_name: 'A' }, headers);
  const { id } = created.body;
  const updated = await account.owner.patch(`/clients/${id}`, { company_name: 'B', tags: ['x'] });
  await account.owner.patch(`/clients/${id}`, { company_name: 'B' });
  await account.owner.patch(`/clients/${id}`, {});
  await account.owner.remove(`/clients/${id}`);
  const { status, body } = await account.owner.get(`/changes?since=${since}`);
  expect(status).toBe(200);
  const entry = { entity: 'client', entity_id: id, actor_id: account.owner.id };
  expect(body).toEqual({
    data: [
      {
        ...entry,
        seq: since + 1,
        action: 'create',
        version: 1,
        changed: {
          kind: { from: null, to: 'company' },
          company_name: { from: null, to: 'A' },
          addresses: { from: null, to: [] },
          status: { from: null, to: 'active' },
          tags: { from: null, to: [] },
        },
        at: created.body.created_at,
        request_id: 'req-create',
      },
      {
        ...entry,
        seq: since + 2,
        action: 'update',
        version: 2,
        changed: { company_name: { from: 'A', to: 'B' }, tags: { from: [], to: ['x'] } },
        at: updated.body.updated_at,
        request_id: updated.headers.get('x-request-id'),
      },
      {
        ...entry,
        seq: since + 3,
        action: 'delete',
        version: 3,
        changed: {},
        at: expect.any(Number),
        request_id: expect.any(String),
      },
    ],
    next_cursor: null,
  });
});

test('a write that was refused is no entry', async () => {
  const since = await lastSeq();
  await account.owner.post('/clients', { kind: 'company' });
  await account.owner.post('/users', { name: 'Again', email: account.ownerEmail });
  await account.owner.patch(`/users/${account.owner.id}`, { name: 'Other' }, { 'if-match': '"99"' });
  await account.owner.remove(`/users/${account.owner.id}`);
  expect((await account.owner.get(`/changes?since=${since}`)).body.data).toEqual([]);
});

test('a password is in no entry', async () => {
  const since = await lastSeq();
  const password = 'never to be written';
  await account.owner.post('/users', { name: 'P', email: 'p@acme.test', password });
  const { body } = await account.owner.get(`/changes?since=${since}`);
  expect(body.data).toHaveLength(1);
  expect(JSON.stringify(body)).not.toMatch(/password|argon2id|never/);
});

test('pages follow one another by next_cursor', async () => {
  const since = await lastSeq();
  for (const company_name of ['1', '2', '3', '4', '5']) {
    await account.owner.post('/clients', { kind: 'company', company_name });
  }
  const seen: number[] = [];
  let cursor: string | null = String(since);
  while (cursor !== null) {
    const { body } = await account.owner.get(`/changes?since=${cursor}&limit=2`);
    expect(body.data.length).toBeLessThanOrEqual(2);
    seen.push(...body.data.map(({ seq }: { seq: number }) => seq));
    cursor = body.next_cursor;
  }
  expect(seen).toEqual([1, 2, 3, 4, 5].map((step) => since + step));
});

test.each([
  ['since=x', 'since', 'Send the seq of the last entry seen.'],
  ['since=-1', 'since', 'Send the seq of the last entry seen.'],
  ['limit=0', 'limit', 'A limit is a whole number from 1 to 200.'],
  ['limit=201', 'limit', 'A limit is a whole number from 1 to 200.'],
  ['after=1', 'after', 'This parameter is not known here.'],
])('refuses ?%s', async (query, field, message) => {
  const { status, body } = await account.owner.get(`/changes?${query}`);
  expect([status, body.error.code]).toEqual([400, 'VALIDATION_FAILED']);
  expect(body.error.context.fields).toEqual([{ field, message }]);
});

describe('the changes of one entity, or of one record', () => {
  test('are found by entity and entity_id, page by page', async () => {
    const since = await lastSeq();
    const { body: group } = await account.owner.post('/groups', { name: 'G' });
    const { body: client } = await account.owner.post('/clients', { kind: 'company', company_name: 'C' });
    await account.owner.patch(`/groups/${group.id}`, { name: 'H' });
    const seqs = async (query: string) =>
      (await account.owner.get(`/changes?since=${since}&${query}`)).body.data.map(({ seq }) => seq - since);
    expect(await seqs('entity=group')).toEqual([1, 3]);
    expect(await seqs(`entity_id=${group.id}`)).toEqual([1, 3]);
    expect(await seqs(`entity_id=${client.id.toUpperCase()}`)).toEqual([2]);
    expect(await seqs(`entity=client&entity_id=${group.id}`)).toEqual([]);
    const page = await account.owner.get(`/changes?since=${since}&entity=group&limit=1`);
    expect(page.body.next_cursor).toBe(String(since + 1));
    const rest = await account.owner.get(`/changes?since=${page.body.next_cursor}&entity=group`);
    expect(rest.body.data.map(({ seq }) => seq - since)).toEqual([3]);
  });

  test.each([
    ['everything', { since: 0, entity: null, entityId: null }, /^SEARCH changes USING INTEGER PRIMARY KEY/],
    [
      'an entity',
      { since: 0, entity: 'client', entityId: null },
      /^SEARCH changes USING INDEX changes_by_entity/,
    ],
    [
      'a record',
      { since: 0, entity: 'client', entityId: 'x' },
      /^SEARCH changes USING INDEX changes_by_record/,
    ],
  ])('walk an index in its order: %s', async (_, asked, expected) => {
    const { sql, params } = changesStatement(asked, ['client', 'user', 'group'], 50);
    const values = params.map((value) => value ?? '');
    const plan = await account.rows(`EXPLAIN QUERY PLAN ${sql}`, ...values);
    expect(plan.map(({ detail }) => detail)).toEqual([expect.stringMatching(expected)]);
  });

  test.each([
    ['entity=letter', 'entity', expect.stringMatching(/^Ask for one of: user, /)],
    ['entity_id=1', 'entity_id', 'This is not an id: ids are UUIDs.'],
    ['entity=client&entity=user', 'entity', 'Give this parameter once.'],
  ])('are refused for ?%s', async (query, field, message) => {
    const { status, body } = await account.owner.get(`/changes?${query}`);
    expect([status, body.error.context.fields]).toEqual([400, [{ field, message }]]);
  });
});
