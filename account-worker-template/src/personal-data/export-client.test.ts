import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '#account-worker-template/database/sql.ts';
import { erasureStatements } from '#account-worker-template/personal-data/erasure-statements.ts';
import { exportStatements } from '#account-worker-template/personal-data/export-client.ts';
import { MAX_ARCHIVED_FILES } from '#shared-schema/files/file-archive.ts';
import { TestAccount } from '#test/support/account.ts';
import { plantClient } from '#test/support/client-canaries.ts';
import { createSample } from '#test/support/sample-records.ts';

let account: TestAccount;
beforeAll(async () => {
  account = await TestAccount.start();
});
afterAll(() => account.stop());

const JSON_WANTED = { accept: 'application/json' };
const exported = (id: string, visitor = account.owner) => visitor.get(`/clients/${id}/export`, JSON_WANTED);

const NOT_FOUND = { status: 404, body: { error: { code: 'RECORD_NOT_FOUND' } } };

describe('an export', () => {
  test('has every value that was ever held, each record and its history', async () => {
    const planted = await plantClient(account.owner);
    const { status, body, headers } = await exported(planted.id);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    const text = JSON.stringify(body);
    expect(planted.canaries.filter((canary) => !text.includes(canary))).toEqual([]);
    const { link, dependant, matter, task, document } = planted.ids;
    expect(body).toMatchObject({
      client: { id: planted.id, version: 2, deleted_at: null },
      client_dependant_clients: [{ id: link }],
      client_dependants: [{ id: dependant }],
      cases: [{ id: matter, reference: expect.stringMatching(/^C-/) }],
      case_tasks: [{ id: task }],
      documents: [{ id: document }, { case_id: matter }],
    });
    expect((body.document_versions as { id: string }[]).map(({ id }) => id).sort()).toEqual(
      [...planted.versions].sort(),
    );
    const client = await account.owner.get(`/clients/${planted.id}`);
    expect(body.client).toEqual({ ...client.body, deleted_at: null });
  });

  test('has nothing of another client', async () => {
    const other = await plantClient(account.owner);
    const planted = await plantClient(account.owner);
    const text = JSON.stringify((await exported(planted.id)).body);
    expect(other.canaries.filter((canary) => text.includes(canary))).toEqual([]);
    expect(text).not.toContain(other.id);
  });

  test('says where the bytes of a stored version are granted', async () => {
    const { id } = await createSample(account.owner, '/clients');
    const document = await createSample(account.owner, '/documents', { client_id: id });
    const upload = document.upload as { document_id: string; version_id: string }; // as the 201 says
    const pending = (await exported(id)).body.document_versions;
    expect(pending).toMatchObject([{ status: 'pending', download: null }]);
    await account.control('PUT', '/_platform/files/stored', { ...upload, size: 1 });
    const [version] = (await exported(id)).body.document_versions as { download: string }[]; // checked below
    const address = `/documents/${document.id}/download?version=1`;
    expect(version?.download).toBe(`https://freehold.test/a/acme${address}`);
    expect((await account.owner.get(address)).status).toBe(200);
  });

  test('has what was deleted, and says when', async () => {
    const planted = await plantClient(account.owner);
    await account.owner.remove(`/case-tasks/${planted.ids.task}`);
    const { body } = await exported(planted.id);
    expect(body.case_tasks).toMatchObject([{ id: planted.ids.task, deleted_at: expect.any(Number) }]);
    const { id } = await createSample(account.owner, '/clients');
    await account.owner.remove(`/clients/${id}`);
    expect((await exported(id)).body.client).toMatchObject({ id, deleted_at: expect.any(Number) });
  });

  test('is no archive where it has more files than one holds, and JSON all the same', async () => {
    const { id } = await createSample(account.owner, '/clients');
    const document = await createSample(account.owner, '/documents', { client_id: id });
    const more = (from: number, to: number) =>
      account.rows(
        `WITH RECURSIVE numbers (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?2)
        INSERT INTO document_versions (id, document_id, version_number, content_type, size, sha256, status, created_at, created_by)
        SELECT printf('%08x-0000-4000-8000-000000000000', n), ?3, n, 'a/b', 1, 'x', 'stored', 1, ?4 FROM numbers`,
        ...[from, to, document.id, account.owner.id],
      );
    await more(2, MAX_ARCHIVED_FILES);
    const archive = await account.owner.send(`/clients/${id}/export`, { method: 'HEAD' });
    expect([archive.status, archive.headers.get('x-freehold-file-archive')]).toEqual([
      200,
      `client-${id}.zip`,
    ]);
    await more(MAX_ARCHIVED_FILES + 1, MAX_ARCHIVED_FILES + 1);
    const context = { files: MAX_ARCHIVED_FILES + 1, most: MAX_ARCHIVED_FILES };
    const refusal = { status: 409, body: { error: { code: 'EXPORT_TOO_LARGE', context } } };
    expect(await account.owner.get(`/clients/${id}/export`)).toMatchObject(refusal);
    expect((await exported(id)).status).toBe(200);
  });

  test('is for owners and admins only', async () => {
    const { id } = await createSample(account.owner, '/clients');
    expect((await exported(id, await account.addUser('admin'))).status).toBe(200);
    for (const role of ['member', 'viewer']) {
      const refusal = { status: 403, body: { error: { code: 'FORBIDDEN' } } };
      expect(await exported(id, await account.addUser(role))).toMatchObject(refusal);
    }
  });

  test('is not there for a client that never was, or was erased', async () => {
    expect(await exported(randomUUID())).toMatchObject(NOT_FOUND);
    const planted = await plantClient(account.owner);
    await account.owner.post(`/clients/${planted.id}/erase`, {});
    expect(await exported(planted.id)).toMatchObject(NOT_FOUND);
  });

  test('and an erasure read indexes, but for the answers of the last day, and bind less than D1 takes', async () => {
    const id = 'an id';
    const change = {
      ...({ id: 'c', entity: 'client', entity_id: id, action: 'delete', version: 2 } as const),
      ...{ changed: {}, actor_id: 'u', at: 1, request_id: 'r' },
    };
    for (const statement of [...erasureStatements(change, sql`1`), ...exportStatements(id)]) {
      const values = statement.params.map((value) => value ?? '');
      const plan = await account.rows(`EXPLAIN QUERY PLAN ${statement.sql}`, ...values);
      const scans = plan
        .map(({ detail }) => String(detail))
        .filter((detail) => /^SCAN (?!CONSTANT)/.test(detail));
      expect(scans, statement.sql).toEqual(statement.sql.includes('FROM idempotency_keys') ? scans : []);
      expect(values.length).toBeLessThan(70);
    }
  });
});
