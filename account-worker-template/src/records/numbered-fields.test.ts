import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestAccount } from '#test/support/account.ts';
import { createSample, sampleFields } from '#test/support/sample-records.ts';

const YEAR = new Date().getUTCFullYear();
let account: TestAccount;

beforeAll(async () => {
  account = await TestAccount.start();
});

afterAll(() => account.stop());

async function references(): Promise<unknown[]> {
  return (await account.rows('SELECT reference FROM cases ORDER BY reference')).map((row) => row.reference);
}

async function lastNumber(): Promise<number> {
  const [row] = await account.rows("SELECT last FROM sequences WHERE name = 'case.reference'");
  return Number(row?.last ?? 0);
}

function reference(number: number): string {
  return `C-${YEAR}-${String(number).padStart(5, '0')}`;
}

describe('the reference of a case', () => {
  test('is the next number of the year, in the answer, the record, the list and the log', async () => {
    const last = await lastNumber();
    const created = await createSample(account.owner, '/cases');
    expect(created.reference).toBe(reference(last + 1));
    expect((await account.owner.get(`/cases/${created.id}`)).body).toEqual(created);
    expect((await account.owner.get(`/cases?reference=${created.reference}`)).body.data).toEqual([created]);
    const { body } = await account.owner.get(`/changes?entity_id=${created.id}`);
    expect(body.data[0]?.changed).toMatchObject({ reference: { from: null, to: created.reference } });
  });

  test('is given without a gap or a double where many come at once', async () => {
    const fields = await sampleFields(account.owner, '/cases');
    const before = await references();
    const wrong = { ...fields, client_id: randomUUID() };
    const statuses = await Promise.all(
      [...Array(40).keys()].map((index) => account.owner.post('/cases', index % 4 === 3 ? wrong : fields)),
    );
    expect(statuses.filter(({ status }) => status === 201)).toHaveLength(30);
    const given = await references();
    expect(given).toHaveLength(before.length + 30);
    expect(given).toEqual(given.map((_, index) => reference(index + 1)));
  });

  test('is the same where the request is repeated, and taken once', async () => {
    const fields = await sampleFields(account.owner, '/cases');
    const headers = { 'idempotency-key': randomUUID() };
    const last = await lastNumber();
    const answers = await Promise.all([1, 2, 3].map(() => account.owner.post('/cases', fields, headers)));
    answers.push(await account.owner.post('/cases', fields, headers));
    expect(answers.map(({ body }) => body.reference)).toEqual(Array(4).fill(reference(last + 1)));
    expect(await lastNumber()).toBe(last + 1);
  });

  test('stays through changes, and is not given again after a deletion', async () => {
    const { id, reference: given } = await createSample(account.owner, '/cases');
    const patched = await account.owner.patch(`/cases/${id}`, { title: 'New', status: 'closed' });
    expect(patched.body.reference).toBe(given);
    await account.owner.remove(`/cases/${id}`);
    expect((await createSample(account.owner, '/cases')).reference).toBe(reference(await lastNumber()));
    expect(new Set(await references()).size).toBe((await references()).length);
  });

  test('starts from 1 in a new year, and goes on past five digits', async () => {
    await account.rows('UPDATE sequences SET year = year - 1');
    await account.rows("UPDATE cases SET body = json_set(body, '$.reference', id)");
    expect((await createSample(account.owner, '/cases')).reference).toBe(reference(1));
    await account.rows(`UPDATE sequences SET last = 99999 WHERE year = ${YEAR}`);
    expect((await createSample(account.owner, '/cases')).reference).toBe(`C-${YEAR}-100000`);
  });
});

describe('a time that a write stands for', () => {
  test('is filled where it was not sent, and cleared where it holds no more', async () => {
    const open = await createSample(account.owner, '/cases');
    expect([open.opened_at, open.closed_at]).toEqual([open.created_at, null]);
    const path = `/cases/${open.id}`;
    const closed = await account.owner.patch(path, { status: 'closed' });
    expect(closed.body.closed_at).toBe(closed.body.updated_at);
    expect((await account.owner.patch(path, { title: 'Still closed' })).body.closed_at).toBe(
      closed.body.closed_at,
    );
    expect((await account.owner.patch(path, { status: 'open' })).body).toMatchObject({
      closed_at: null,
      opened_at: open.opened_at,
    });
  });

  test('is kept as it was sent', async () => {
    const sent = { opened_at: 5, status: 'closed', closed_at: 7 };
    expect(await createSample(account.owner, '/cases', sent)).toMatchObject(sent);
    const both = { status: 'open', opened_at: null, closed_at: 9 };
    expect(await createSample(account.owner, '/cases', both)).toMatchObject(both);
    const task = await createSample(account.owner, '/case-tasks', { status: 'done', completed_at: 3 });
    expect(task.completed_at).toBe(3);
  });
});
