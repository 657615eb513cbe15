import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestAccount, type Visitor } from '#test/support/account.ts';
import { createSample } from '#test/support/sample-records.ts';

let account: TestAccount;
let owner: Visitor;

beforeAll(async () => {
  account = await TestAccount.start();
  owner = account.owner;
});

afterAll(() => account.stop());

const NOT_FOUND = { status: 404, body: { error: { code: 'RECORD_NOT_FOUND' } } };

async function changesOf(id: string) {
  return (await owner.get(`/changes?entity_id=${id}`)).body.data;
}

describe('a record that others refer to', () => {
  test('is not deleted where the reference refuses it, and the refusal names them', async () => {
    const client = await createSample(owner, '/clients', { tags: ['kept'] });
    const cases = await Promise.all(
      ['open', 'closed'].map((status) => createSample(owner, '/cases', { client_id: client.id, status })),
    );
    const refused = (count: number) => ({
      status: 409,
      body: {
        error: {
          code: 'RECORD_IN_USE',
          message: 'Other records refer to this one. Delete or change them first.',
          context: { entity: 'case', field: 'client_id', count },
        },
      },
    });
    expect(await owner.remove(`/clients/${client.id}`)).toMatchObject(refused(2));
    expect((await owner.get(`/clients?tags=kept`)).body.data).toEqual([client]);
    await owner.remove(`/cases/${cases[0]?.id}`);
    expect(await owner.remove(`/clients/${client.id}`)).toMatchObject(refused(1));
    await owner.remove(`/cases/${cases[1]?.id}`);
    expect((await owner.remove(`/clients/${client.id}`)).status).toBe(204);
    expect((await changesOf(client.id)).map(({ action }) => action)).toEqual(['create', 'delete']);
  });

  test('takes with it what is nothing without it, each in the log', async () => {
    const { id } = await createSample(owner, '/cases');
    const task = await createSample(owner, '/case-tasks', { case_id: id, title: 'Goes along' });
    const other = await createSample(owner, '/case-tasks');
    const headers = { 'x-request-id': 'delete-case' };
    expect((await owner.remove(`/cases/${id}`, headers)).status).toBe(204);
    expect(await owner.get(`/case-tasks/${task.id}`)).toMatchObject(NOT_FOUND);
    expect((await owner.get(`/case-tasks/${other.id}`)).body).toEqual(other);
    expect((await owner.get('/case-tasks?q=along')).body.data).toEqual([]);
    expect((await changesOf(task.id))[1]).toMatchObject({
      ...{ entity: 'case-task', action: 'delete', version: 2, changed: {} },
      ...{ actor_id: owner.id, request_id: 'delete-case' },
    });
    const [row] = await account.rows('SELECT version, deleted_at FROM case_tasks WHERE id = ?', task.id);
    expect(row).toEqual({ version: 2, deleted_at: expect.any(Number) });
  });

  test('leaves a link from neither side', async () => {
    const one = await createSample(owner, '/client-dependant-clients');
    await owner.remove(`/clients/${one.client_id}`);
    expect(await owner.get(`/client-dependant-clients/${one.id}`)).toMatchObject(NOT_FOUND);
    expect((await owner.get(`/client-dependants/${one.client_dependant_id}`)).status).toBe(200);
    const two = await createSample(owner, '/client-dependant-clients');
    await owner.remove(`/client-dependants/${two.client_dependant_id}`);
    expect(await owner.get(`/client-dependant-clients/${two.id}`)).toMatchObject(NOT_FOUND);
    expect((await owner.get(`/clients/${two.client_id}`)).status).toBe(200);
  });

  test('is forgotten by who does without it: the field is cleared, the version raised, the log says so', async () => {
    const company = await createSample(owner, '/contact-companies');
    const person = await createSample(owner, '/contact-individuals', { contact_company_id: company.id });
    const admin = await account.addUser('admin');
    await admin.remove(`/contact-companies/${company.id}`);
    const { body } = await owner.get(`/contact-individuals/${person.id}`);
    expect(body).toMatchObject({ contact_company_id: null, version: 2, updated_by: admin.id });
    expect((await changesOf(person.id))[1]).toMatchObject({
      action: 'update',
      version: 2,
      changed: { contact_company_id: { from: company.id, to: null } },
      actor_id: admin.id,
    });
  });

  test('of several kinds forget a user at once', async () => {
    const { id } = await createSample(owner, '/users');
    const client = await createSample(owner, '/clients', { owner_user_id: id });
    const matter = await createSample(owner, '/cases', { owner_user_id: id });
    const task = await createSample(owner, '/case-tasks', { assignee_user_id: id });
    expect((await owner.remove(`/users/${id}`)).status).toBe(204);
    expect((await owner.get(`/clients/${client.id}`)).body.owner_user_id).toBeNull();
    expect((await owner.get(`/cases/${matter.id}`)).body.owner_user_id).toBeNull();
    expect((await owner.get(`/case-tasks/${task.id}`)).body.assignee_user_id).toBeNull();
  });

  test('nothing happens to them where the deletion is refused', async () => {
    const company = await createSample(owner, '/contact-companies');
    const person = await createSample(owner, '/contact-individuals', { contact_company_id: company.id });
    const stale = { 'if-match': '"7"' };
    expect((await owner.remove(`/contact-companies/${company.id}`, stale)).status).toBe(412);
    expect((await owner.get(`/contact-individuals/${person.id}`)).body).toEqual(person);
    expect(await changesOf(person.id)).toHaveLength(1);
  });

  test('a repeated deletion under one key answers as the first and clears once', async () => {
    const company = await createSample(owner, '/contact-companies');
    const person = await createSample(owner, '/contact-individuals', { contact_company_id: company.id });
    const headers = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(
      [1, 2, 3].map(() => owner.remove(`/contact-companies/${company.id}`, headers)),
    );
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect(await changesOf(person.id)).toHaveLength(2);
  });
});

describe('a group', () => {
  test('that is deleted leaves its users, each with a new version and in the log', async () => {
    const group = await createSample(owner, '/groups');
    const other = await createSample(owner, '/groups');
    const ids = [other.id, group.id];
    const user = await createSample(owner, '/users', { group_ids: [...ids, group.id] });
    expect(user.group_ids).toEqual(ids);
    const outside = await createSample(owner, '/users', { group_ids: [other.id] });
    expect((await owner.get(`/users?group_ids=${group.id}`)).body.data).toEqual([user]);
    expect((await owner.remove(`/groups/${group.id}`)).status).toBe(204);
    expect((await owner.get(`/users/${user.id}`)).body).toMatchObject({ group_ids: [other.id], version: 2 });
    expect((await owner.get(`/users/${outside.id}`)).body).toEqual(outside);
    expect((await changesOf(user.id))[1]).toMatchObject({
      action: 'update',
      version: 2,
      changed: { group_ids: { from: ids, to: [other.id] } },
    });
    expect((await owner.get(`/users?group_ids=${group.id}`)).body.data).toEqual([]);
    expect((await owner.get(`/users?group_ids=${other.id}`)).body.data).toHaveLength(2);
  });
});

describe('a deletion and a new reference at once', () => {
  test.each([1, 2, 3, 4, 5, 6])(
    'one of them gives way: no case is left without its client (%i)',
    async () => {
      const client = await createSample(owner, '/clients');
      const fields = { client_id: client.id, title: 'Raced' };
      const [first, deleted, second] = await Promise.all([
        owner.post('/cases', fields),
        owner.remove(`/clients/${client.id}`),
        owner.post('/cases', fields),
      ]);
      const made = [first, second].filter(({ status }) => status === 201).length;
      expect(deleted.status).toBe(made === 0 ? 204 : 409);
      const orphans = await account.rows(
        `SELECT 1 FROM cases JOIN clients ON clients.id = client_id
        WHERE client_id = ? AND cases.deleted_at IS NULL AND clients.deleted_at IS NOT NULL`,
        client.id,
      );
      expect(orphans).toEqual([]);
      expect([deleted.status, made]).toEqual(deleted.status === 204 ? [204, 0] : [409, expect.any(Number)]);
    },
  );

  test('no task is left without its case, and no user in a group that is gone', async () => {
    const rounds = [...Array(6).keys()].map(async () => {
      const matter = await createSample(owner, '/cases');
      const group = await createSample(owner, '/groups');
      const user = await createSample(owner, '/users');
      await Promise.all([
        owner.post('/case-tasks', { case_id: matter.id, title: 'Raced' }),
        owner.remove(`/cases/${matter.id}`),
        owner.patch(`/users/${user.id}`, { group_ids: [group.id] }),
        owner.remove(`/groups/${group.id}`),
      ]);
    });
    await Promise.all(rounds);
    expect(
      await account.rows(`SELECT 1 FROM case_tasks JOIN cases ON cases.id = case_id
        WHERE case_tasks.deleted_at IS NULL AND cases.deleted_at IS NOT NULL`),
    ).toEqual([]);
    expect(
      await account.rows(`SELECT 1 FROM users, json_each(users.body, '$.group_ids') AS member
        JOIN groups ON groups.id = member.value WHERE groups.deleted_at IS NOT NULL`),
    ).toEqual([]);
  });
});

describe('a link', () => {
  test('ties one client and one dependant once', async () => {
    const link = await createSample(owner, '/client-dependant-clients', { relationship: 'child' });
    const { client_id, client_dependant_id } = link;
    const exists = {
      status: 409,
      body: { error: { code: 'RECORD_EXISTS', context: { field: 'client_id, client_dependant_id' } } },
    };
    expect(await owner.post('/client-dependant-clients', { client_id, client_dependant_id })).toMatchObject(
      exists,
    );
    const other = await createSample(owner, '/client-dependant-clients', { client_id });
    const path = `/client-dependant-clients/${other.id}`;
    expect(await owner.patch(path, { client_dependant_id })).toMatchObject(exists);
    expect((await owner.patch(path, { relationship: 'ward' })).status).toBe(200);
    await owner.remove(`/client-dependant-clients/${link.id}`);
    expect((await owner.patch(path, { client_dependant_id })).status).toBe(200);
  });

  test('is made once where it comes several times at once', async () => {
    const client_id = (await createSample(owner, '/clients')).id;
    const client_dependant_id = (await createSample(owner, '/client-dependants')).id;
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => owner.post('/client-dependant-clients', { client_id, client_dependant_id })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });

  test('may be taken apart by a member, who deletes nothing else', async () => {
    const member = await account.addUser('member');
    const link = await createSample(member, '/client-dependant-clients');
    expect((await member.remove(`/clients/${link.client_id}`)).status).toBe(403);
    expect((await member.remove(`/client-dependant-clients/${link.id}`)).status).toBe(204);
  });
});
