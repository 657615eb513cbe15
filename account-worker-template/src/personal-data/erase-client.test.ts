import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestAccount } from '#test/support/account.ts';
import { type PlantedClient, plantClient } from '#test/support/client-canaries.ts';
import { dumpDatabase, foundIn } from '#test/support/dump-database.ts';
import { createSample } from '#test/support/sample-records.ts';

let account: TestAccount;
beforeAll(async () => {
  account = await TestAccount.start();
});
afterAll(() => account.stop());

const erase = (id: string, visitor = account.owner, headers = {}) =>
  visitor.send(`/clients/${id}/erase`, { method: 'POST', headers });

const leftOf = async ({ canaries }: PlantedClient) => foundIn(await dumpDatabase(account), canaries);

const NOT_FOUND = { status: 404, body: { error: { code: 'RECORD_NOT_FOUND' } } };

describe('an erasure', () => {
  test('leaves no value of the client in any row of any table', async () => {
    const planted = await plantClient(account.owner);
    const before = foundIn(await dumpDatabase(account), planted.canaries);
    const planting = planted.canaries.filter((canary) => before.some((hit) => hit.endsWith(` ${canary}`)));
    expect(planting).toEqual(planted.canaries);
    for (const table of ['clients', 'changes', 'index_entries', 'idempotency_keys', 'document_versions'])
      expect(before.some((hit) => hit.startsWith(`${table}:`))).toBe(true);
    expect((await erase(planted.id)).status).toBe(200);
    expect(await leftOf(planted)).toEqual([]);
  });

  test('answers who and when, and the same again to everybody who may ask', async () => {
    const { id } = await createSample(account.owner, '/clients');
    const admin = await account.addUser('admin');
    const first = await erase(id, admin);
    expect(first.status).toBe(200);
    expect(first.body).toEqual({ id, erased_at: expect.any(Number), erased_by: admin.id });
    expect(first.headers.get('x-d1-bookmark')).not.toBeNull();
    const dump = await dumpDatabase(account);
    expect((await erase(id)).body).toEqual(first.body);
    expect(await dumpDatabase(account)).toEqual(dump);
  });

  test('replays its answer under an Idempotency-Key', async () => {
    const { id } = await createSample(account.owner, '/clients');
    const headers = { 'idempotency-key': randomUUID() };
    const first = await erase(id, account.owner, headers);
    const again = await erase(id, account.owner, headers);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  test('leaves of everything a deleted row and an entry in the log that says by whom', async () => {
    const planted = await plantClient(account.owner);
    await erase(planted.id);
    const { link, dependant, matter, task, document } = planted.ids;
    for (const id of [planted.id, link, dependant, matter, task, document]) {
      const entries = await account.rows('SELECT * FROM changes WHERE entity_id = ? ORDER BY seq', id);
      expect(entries.at(-1)).toMatchObject({
        action: 'delete',
        actor_id: account.owner.id,
        version: entries.length,
      });
      expect(new Set(entries.map(({ changed }) => changed))).toEqual(new Set(['{}']));
    }
    const paths = [`clients/${planted.id}`, `cases/${matter}`, `case-tasks/${task}`, `documents/${document}`];
    for (const path of paths) expect(await account.owner.get(`/${path}`)).toMatchObject(NOT_FOUND);
    const feed = await account.owner.get(`/changes?entity_id=${matter}`);
    expect(feed.body.data.map(({ changed }) => changed)).toEqual([{}, {}, {}]);
  });

  test('reaches what was deleted before, the client itself too', async () => {
    const planted = await plantClient(account.owner);
    const { link, matter, task, document } = planted.ids;
    const documents = await account.owner.get(`/documents?case_id=${matter}`);
    const paths = [
      ...documents.body.data.map(({ id }) => `documents/${id}`),
      ...[`client-dependant-clients/${link}`, `case-tasks/${task}`, `documents/${document}`],
      ...[`cases/${matter}`, `clients/${planted.id}`],
    ];
    for (const path of paths) expect((await account.owner.remove(`/${path}`)).status).toBe(204);
    expect((await leftOf(planted)).length).toBeGreaterThan(0);
    expect((await erase(planted.id)).status).toBe(200);
    expect(await leftOf(planted)).toEqual([]);
  });

  test('of two clients with a case each leaves two rows without a reference', async () => {
    for (const planted of [await plantClient(account.owner), await plantClient(account.owner)])
      expect((await erase(planted.id)).status).toBe(200);
  });
});

describe('what is held about others', () => {
  test('is the same, row by row, as before', async () => {
    const other = await plantClient(account.owner);
    const before = await dumpDatabase(account);
    const planted = await plantClient(account.owner);
    await erase(planted.id);
    const after = await dumpDatabase(account);
    for (const [table, rows] of Object.entries(before)) {
      if (table !== 'sequences') expect(after[table], table).toEqual(expect.arrayContaining(rows));
    }
    expect(foundIn(after, other.canaries)).toEqual(foundIn(before, other.canaries));
  });

  test('keeps a dependant who has another client, until that one goes too', async () => {
    const planted = await plantClient(account.owner);
    const { id } = await createSample(account.owner, '/clients');
    const pair = { client_id: id, client_dependant_id: planted.ids.dependant };
    const link = await createSample(account.owner, '/client-dependant-clients', pair);
    await erase(planted.id);
    expect((await account.owner.get(`/client-dependants/${planted.ids.dependant}`)).status).toBe(200);
    expect((await account.owner.get(`/client-dependant-clients/${link.id}`)).status).toBe(200);
    await erase(id);
    expect(await account.owner.get(`/client-dependants/${planted.ids.dependant}`)).toMatchObject(NOT_FOUND);
    expect(await leftOf(planted)).toEqual([]);
  });

  test('keeps a document that names them, without the case that is gone', async () => {
    const planted = await plantClient(account.owner);
    const { id } = await createSample(account.owner, '/clients');
    const both = { client_id: id, case_id: planted.ids.matter };
    const document = await createSample(account.owner, '/documents', both);
    await erase(planted.id);
    const { body } = await account.owner.get(`/documents/${document.id}`);
    expect(body).toMatchObject({ client_id: id, case_id: null, version: 2 });
    const feed = await account.owner.get(`/changes?entity_id=${document.id}`);
    const changed = { case_id: { from: planted.ids.matter, to: null } };
    expect(feed.body.data.at(-1)).toMatchObject({ action: 'update', version: 2, changed });
  });
});

describe('the bytes of an erased client', () => {
  const review = async (document_id: string, version_id: string, size: number) => {
    const file = { document_id, version_id, size, uploaded_at: Date.now() };
    const answer = await account.control('POST', '/_platform/files/review', {
      ...{ account_id: account.id, files: [file] },
    });
    return answer.body.remove;
  };

  test('are due at once, and an upload that comes after is not taken', async () => {
    const { id: client_id } = await createSample(account.owner, '/clients');
    const { id, upload } = await createSample(account.owner, '/documents', { client_id });
    const { version_id } = upload as { version_id: string }; // as the 201 says
    expect(await review(id, version_id, 2)).toEqual([]);
    await erase(client_id);
    const [version] = await account.rows('SELECT * FROM document_versions WHERE id = ?', version_id);
    expect(version).toMatchObject({ content_type: '', size: 0, sha256: '' });
    const stored = { document_id: id, version_id, size: 1 };
    expect(await account.control('PUT', '/_platform/files/stored', stored)).toMatchObject(NOT_FOUND);
    expect(await review(id, version_id, 1)).toEqual([version_id]);
  });
});

describe('an erasure is refused', () => {
  test.each(['member', 'viewer'])('to a %s, and leaves everything', async (role) => {
    const planted = await plantClient(account.owner);
    const visitor = await account.addUser(role);
    const before = await dumpDatabase(account);
    const refusal = { status: 403, body: { error: { code: 'FORBIDDEN' } } };
    expect(await erase(planted.id, visitor)).toMatchObject(refusal);
    expect(await dumpDatabase(account)).toEqual(before);
  });

  test('to an admin whose session has ended, also where it was erased already', async () => {
    const planted = await plantClient(account.owner);
    const admin = await account.addUser('admin');
    await admin.remove('/sessions/current');
    const before = await dumpDatabase(account);
    const refusal = { status: 401, body: { error: { code: 'SESSION_ENDED' } } };
    expect(await erase(planted.id, admin)).toMatchObject(refusal);
    expect(await dumpDatabase(account)).toEqual(before);
    await erase(planted.id);
    expect(await erase(planted.id, admin)).toMatchObject(refusal);
  });

  test('of a client that is not there', async () => {
    for (const id of [randomUUID(), 'nobody']) expect(await erase(id)).toMatchObject(NOT_FOUND);
  });
});

describe('writes at the same time', () => {
  test('leave nothing behind', async () => {
    for (let round = 0; round < 3; round++) {
      const planted = await plantClient(account.owner);
      const { matter, task, document } = planted.ids;
      const late = Array.from({ length: 8 }, () => `z${randomUUID().replaceAll('-', '')}`);
      const writes = late.map((title) => {
        const headers = { 'idempotency-key': randomUUID() };
        return [
          () => account.owner.patch(`/clients/${planted.id}`, { first_name: title }, headers),
          () => account.owner.patch(`/cases/${matter}`, { title }, headers),
          () => account.owner.patch(`/case-tasks/${task}`, { title }, { 'idempotency-key': randomUUID() }),
          () => account.owner.patch(`/documents/${document}`, { name: title }),
          () => account.owner.post('/cases', { client_id: planted.id, title }),
          () => account.owner.post('/case-tasks', { case_id: matter, title }),
        ];
      });
      const [first, second, ...rest] = writes;
      const answers = await Promise.all([
        ...(first ?? []).map((write) => write()),
        ...(second ?? []).map((write) => write()),
        erase(planted.id),
        erase(planted.id),
        ...rest.flat().map((write) => write()),
      ]);
      for (const { status } of answers) expect([200, 201, 404, 400, 409, 412]).toContain(status);
      expect(await leftOf({ ...planted, canaries: [...planted.canaries, ...late] })).toEqual([]);
    }
  });
});
