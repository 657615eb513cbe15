import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TestAccount } from '#test/support/account.ts';
import { createSample } from '#test/support/sample-records.ts';

const FILE = { content_type: 'application/pdf', size: 5, sha256: 'a'.repeat(64) };
const NEW = { name: 'Deed.pdf', ...FILE };

let account: TestAccount;
beforeAll(async () => {
  account = await TestAccount.start();
});
afterAll(() => account.stop());

async function create(fields: object = {}) {
  const { status, body } = await account.owner.post('/documents', { ...NEW, ...fields });
  expect(status, JSON.stringify(body)).toBe(201);
  const upload = body.upload as { document_id: string; version_id: string }; // as the 201 says
  return { ...body, upload };
}

const store = (document_id: string, version_id: string, size = FILE.size) =>
  account.control('PUT', '/_platform/files/stored', { document_id, version_id, size });

describe('a new document', () => {
  test('is pending, and grants its upload to the platform without keeping the grant', async () => {
    const { status, body, headers } = await account.owner.post('/documents', NEW);
    expect(status).toBe(201);
    expect(body).toMatchObject({ ...NEW, status: 'pending', version_number: 1, client_id: null });
    const grant = JSON.parse(decodeURIComponent(headers.get('x-freehold-file-grant') ?? ''));
    expect(grant).toEqual({ action: 'upload', name: null, ...FILE, ...(body.upload as object) });
  });

  test.each([
    ['size', 100_000_001],
    ['size', -1],
    ['size', 1.5],
    ['sha256', 'xyz'],
    ['content_type', 'text/html'],
    ['content_type', 'TEXT/HTML'],
    ['content_type', 'text/plain; charset=utf-8'],
    ['content_type', 'pdf'],
    ['name', 'a\u0000b'],
    ['name', ''],
    ['status', 'stored'],
    ['version_number', 7],
    ['client_id', randomUUID()],
  ])('with the %s %j is refused', async (field, value) => {
    const { status, body } = await account.owner.post('/documents', { ...NEW, [field]: value });
    expect(status).toBe(400);
    expect(body.error.context.fields.map((problem) => problem.field)).toEqual([field]);
  });

  test('is the first one again under the same Idempotency-Key, with a grant of its own', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const first = await account.owner.post('/documents', NEW, headers);
    const again = await account.owner.post('/documents', NEW, headers);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('x-freehold-file-grant')).toBe(first.headers.get('x-freehold-file-grant'));
    expect(await account.rows('SELECT body FROM idempotency_keys WHERE body LIKE ?', '%http%')).toEqual([]);
  });
});

describe('bytes that came', () => {
  test('make the document stored, once, with an entry in the change log by who asked', async () => {
    const document = await create();
    const first = await store(document.id, document.upload.version_id);
    expect(first).toMatchObject({ status: 200, body: { status: 'stored', version_number: 1 } });
    expect((await store(document.id, document.upload.version_id)).body).toEqual(first.body);
    const read = await account.owner.get(`/documents/${document.id}`);
    expect(read.body).toMatchObject({ status: 'stored', version: 2, updated_by: account.owner.id });
    const log = await account.rows(
      'SELECT action, version, changed, actor_id FROM changes WHERE entity_id = ? ORDER BY seq',
      document.id,
    );
    expect(log).toMatchObject([
      { action: 'create', version: 1 },
      { action: 'update', version: 2, actor_id: account.owner.id },
    ]);
    expect(JSON.parse(String(log[1]?.changed))).toEqual({ status: { from: 'pending', to: 'stored' } });
  });

  test('are recorded once where many say so at once, and no patch beside is lost', async () => {
    const { id: case_id } = await createSample(account.owner, '/cases');
    for (let round = 0; round < 5; round++) {
      const document = await create();
      const answers = await Promise.all([
        account.owner.patch(`/documents/${document.id}`, { name: 'new name' }),
        ...Array.from({ length: 4 }, () => store(document.id, document.upload.version_id)),
        account.owner.patch(`/documents/${document.id}`, { case_id }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
      const log = await account.rows(
        'SELECT version FROM changes WHERE entity_id = ? ORDER BY seq',
        document.id,
      );
      expect(log.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
      const read = await account.owner.get(`/documents/${document.id}`);
      expect(read.body).toMatchObject({ status: 'stored', name: 'new name', version: 4 });
      expect(read.body.case_id).toBe(case_id);
    }
  });

  test('of a version that is not the newest are recorded once too', async () => {
    const document = await create();
    const second = await account.owner.post(`/documents/${document.id}/versions`, FILE);
    await store(document.id, second.body.id);
    const { version_id } = document.upload;
    const token = await account.workers.controlToken(account.stack);
    const body = { document_id: document.id, version_id, size: FILE.size };
    const options = { method: 'PUT', token, body };
    await Promise.all(
      Array.from({ length: 12 }, () =>
        account.workers.send(account.stack, '/_platform/files/stored', options),
      ),
    );
    const log = await account.rows('SELECT entity, action FROM changes WHERE entity_id = ?', version_id);
    expect(log).toEqual([
      { entity: 'document-version', action: 'create' },
      { entity: 'document-version', action: 'update' },
    ]);
  });

  test('of another document, size or a deleted document are not known', async () => {
    const [document, other] = [await create(), await create()];
    const { version_id } = document.upload;
    for (const answer of [
      await store(other.id, version_id),
      await store(document.id, other.upload.version_id),
      await store(document.id, version_id, 6),
      await store(document.id, randomUUID()),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { error: { code: 'RECORD_NOT_FOUND' } } });
    }
    await account.owner.remove(`/documents/${document.id}`);
    expect((await store(document.id, version_id)).status).toBe(404);
  });
});

describe('versions', () => {
  const post = (id: string, fields: object = FILE) => account.owner.post(`/documents/${id}/versions`, fields);
  const upload = (body: Readonly<Record<string, unknown>>) =>
    body.upload as { document_id: string; version_id: string }; // as the 201 says

  test('take the document over when their bytes have come, the newest number winning', async () => {
    const document = await create();
    const second = await post(document.id, { ...FILE, size: 6 });
    const third = await post(document.id, { ...FILE, size: 7 });
    expect([second, third]).toMatchObject([
      { status: 201, body: { version_number: 2, status: 'pending', document_id: document.id } },
      { status: 201, body: { version_number: 3, status: 'pending' } },
    ]);
    expect((await account.owner.get(`/documents/${document.id}`)).body).toMatchObject({ version_number: 1 });
    await store(document.id, upload(third.body).version_id, 7);
    expect((await account.owner.get(`/documents/${document.id}`)).body).toMatchObject({
      ...{ version_number: 3, size: 7, status: 'stored' },
    });
    await store(document.id, upload(second.body).version_id, 6);
    await store(document.id, document.upload.version_id);
    expect((await account.owner.get(`/documents/${document.id}`)).body).toMatchObject({ version_number: 3 });
    const list = await account.owner.get(`/documents/${document.id}/versions?limit=2`);
    expect(list.body.data.map((v) => [v.version_number, v.status])).toEqual([
      [1, 'stored'],
      [2, 'stored'],
    ]);
    const rest = await account.owner.get(
      `/documents/${document.id}/versions?limit=2&cursor=${list.body.next_cursor}`,
    );
    expect(rest.body).toMatchObject({ data: [{ version_number: 3 }], next_cursor: null });
  });

  test('made at once have each a number of their own', async () => {
    const document = await create();
    const made = await Promise.all(Array.from({ length: 4 }, () => post(document.id)));
    expect(made.map(({ status }) => status)).toEqual(Array(4).fill(201));
    expect(made.map(({ body }) => body.version_number).sort()).toEqual([2, 3, 4, 5]);
  });

  test('replay under the same Idempotency-Key', async () => {
    const document = await create();
    const headers = { 'idempotency-key': randomUUID() };
    const send = () => account.owner.post(`/documents/${document.id}/versions`, FILE, headers);
    const [first, again] = [await send(), await send()];
    expect(again.body).toEqual(first.body);
    expect((await account.owner.get(`/documents/${document.id}/versions`)).body.data).toHaveLength(2);
  });

  test('of what is not there are refused, and fields that are not a file’s', async () => {
    expect((await post(randomUUID())).body.error.code).toBe('RECORD_NOT_FOUND');
    expect((await account.owner.get(`/documents/${randomUUID()}/versions`)).body.error.code).toBe(
      'RECORD_NOT_FOUND',
    );
    const document = await create();
    const named = await post(document.id, { ...FILE, name: 'x' });
    expect(named.body.error.context.fields.map((problem) => problem.field)).toEqual(['name']);
  });
});

describe('a download', () => {
  test('is granted of stored bytes, by version too, and asks the platform to look for others', async () => {
    const document = await create({ name: 'Прил. 1.pdf' });
    const pending = await account.owner.get(`/documents/${document.id}/download`);
    expect(pending).toMatchObject({ status: 409, body: { error: { code: 'FILE_NOT_STORED' } } });
    expect(decodeURIComponent(pending.headers.get('x-freehold-file-grant') ?? '')).toContain('"confirm"');
    await store(document.id, document.upload.version_id);
    for (const query of ['', '?version=1']) {
      const { status, headers } = await account.owner.get(`/documents/${document.id}/download${query}`);
      expect(status).toBe(200);
      const grant = JSON.parse(decodeURIComponent(headers.get('x-freehold-file-grant') ?? ''));
      expect(grant).toEqual({ action: 'download', name: 'Прил. 1.pdf', ...FILE, ...document.upload });
    }
    const none = await account.owner.get(`/documents/${document.id}/download?version=2`);
    expect(none.body.error.code).toBe('RECORD_NOT_FOUND');
    for (const query of ['?version=0', '?version=x', '?version=1&version=1', '?v=1']) {
      expect((await account.owner.get(`/documents/${document.id}/download${query}`)).status).toBe(400);
    }
  });
});

describe('a patch', () => {
  test('changes name and links, and nothing that follows from the bytes', async () => {
    const client = await account.owner.post('/clients', { kind: 'company', company_name: 'Co' });
    const document = await create();
    const patched = await account.owner.patch(`/documents/${document.id}`, {
      name: 'B',
      client_id: client.body.id,
      size: FILE.size,
    });
    expect(patched).toMatchObject({ status: 200, body: { name: 'B', client_id: client.body.id } });
    const fixed = {
      content_type: 'a/b',
      size: 6,
      sha256: 'b'.repeat(64),
      status: 'stored',
      version_number: 2,
    };
    const refused = await account.owner.patch(`/documents/${document.id}`, fixed);
    expect(refused.status).toBe(400);
    expect(refused.body.error.context.fields.map((p) => p.field).sort()).toEqual(Object.keys(fixed).sort());
    const listed = await account.owner.get(`/documents?client_id=${client.body.id}`);
    expect(listed.body.data.map(({ id }) => id)).toEqual([document.id]);
  });
});

describe('the change feed', () => {
  const feed = async (query: string) => (await account.owner.get(`/changes?${query}`)).body.data;
  const since = async () => Number((await account.rows('SELECT MAX(seq) AS seq FROM changes'))[0]?.seq);

  test('tells of every write of a version, first and later ones, beside those of the document', async () => {
    const start = await since();
    const document = await create();
    const first = document.upload.version_id;
    await store(document.id, first);
    const second = await account.owner.post(`/documents/${document.id}/versions`, { ...FILE, size: 6 });
    await store(document.id, second.body.id, 6);
    const seen = (await feed(`since=${start}`)).map((change) => [
      change.entity,
      change.entity_id,
      change.action,
      change.version,
    ]);
    expect(seen).toEqual([
      ['document', document.id, 'create', 1],
      ['document-version', first, 'create', 1],
      ['document-version', first, 'update', 2],
      ['document', document.id, 'update', 2],
      ['document-version', second.body.id, 'create', 1],
      ['document-version', second.body.id, 'update', 2],
      ['document', document.id, 'update', 3],
    ]);
    const [made, stored] = await feed(`entity=document-version&entity_id=${second.body.id}`);
    expect(made).toMatchObject({
      actor_id: account.owner.id,
      changed: {
        document_id: { from: null, to: document.id },
        version_number: { from: null, to: 2 },
        size: { from: null, to: 6 },
        sha256: { from: null, to: FILE.sha256 },
        status: { from: null, to: 'pending' },
      },
    });
    expect(stored?.changed).toEqual({ status: { from: 'pending', to: 'stored' } });
    const ofVersions = await feed(`since=${start}&entity=document-version`);
    expect(ofVersions.map((change) => change.version)).toEqual([1, 2, 1, 2]);
  });

  test('tells nothing of a version that was refused or replayed', async () => {
    const document = await create();
    const headers = { 'idempotency-key': randomUUID() };
    const send = () => account.owner.post(`/documents/${document.id}/versions`, FILE, headers);
    await send();
    const start = await since();
    await send();
    await account.owner.post('/documents', { ...NEW, client_id: randomUUID() });
    await account.owner.post(`/documents/${document.id}/versions`, { ...FILE, size: -1 });
    await store(document.id, document.upload.version_id, 99);
    expect(await feed(`since=${start}`)).toEqual([]);
  });
});

describe('a role', () => {
  test.each([
    ['admin', [201, 201, 200, 204]],
    ['member', [201, 201, 200, 403]],
    ['viewer', [403, 403, 200, 403]],
  ])('%s may create, add versions, download and delete: %j', async (role, expected) => {
    const document = await create();
    await store(document.id, document.upload.version_id);
    const user = await account.addUser(role);
    const answers = [
      await user.post('/documents', NEW),
      await user.post(`/documents/${document.id}/versions`, FILE),
      await user.get(`/documents/${document.id}/download`),
      await user.remove(`/documents/${document.id}`),
    ];
    expect(answers.map(({ status }) => status)).toEqual(expected);
    for (const { status, headers } of answers) {
      if (status === 403) expect(headers.get('x-freehold-file-grant')).toBeNull();
    }
  });
});

describe('what lies in the file store', () => {
  const DAY = 24 * 60 * 60 * 1000;
  const review = (files: readonly object[], account_id = account.id) =>
    account.control('POST', '/_platform/files/review', { account_id, files });
  const object = (document_id: string, version_id: string, age = 0) => ({
    ...{ document_id, version_id, size: FILE.size, uploaded_at: Date.now() - age },
  });
  beforeEach(() => account.rows('DELETE FROM document_versions'));

  test('is kept while a document speaks of it, and removed 30 days after nobody did', async () => {
    const document = await create();
    const { version_id } = document.upload;
    await store(document.id, version_id);
    const [recent, old] = [randomUUID(), randomUUID()];
    const files = [
      object(document.id, version_id, 400 * DAY),
      object(randomUUID(), recent, 29 * DAY),
      object(randomUUID(), old, 31 * DAY),
    ];
    expect((await review(files)).body).toEqual({ remove: [old] });
    await account.owner.remove(`/documents/${document.id}`);
    expect((await review(files.slice(0, 1))).body).toEqual({ remove: [] });
    await account.rows('UPDATE document_versions SET bytes_due_at = bytes_due_at - ?', 30 * DAY);
    expect((await review(files.slice(0, 1))).body).toEqual({ remove: [version_id] });
  });

  test('is recorded where the upload’s end was lost', async () => {
    const document = await create();
    const { version_id } = document.upload;
    expect((await review([object(document.id, version_id)])).body).toEqual({ remove: [] });
    expect((await account.owner.get(`/documents/${document.id}`)).body.status).toBe('stored');
  });

  test('is judged by its own account’s database only', async () => {
    const answer = await review([object(randomUUID(), randomUUID(), 31 * DAY)], randomUUID());
    expect(answer).toMatchObject({ status: 409, body: { error: { code: 'OWNER_CONFLICT' } } });
  });
});

describe('an upload that never came', () => {
  const age = (id: string) =>
    account.rows('UPDATE document_versions SET created_at = created_at - 86400001 WHERE document_id = ?', id);

  test('is cleared away with the next one, its document too where it never had bytes', async () => {
    await account.rows('DELETE FROM document_versions');
    const [empty, full] = [await create(), await create()];
    await store(full.id, full.upload.version_id);
    await account.owner.post(`/documents/${full.id}/versions`, FILE);
    await age(empty.id);
    await age(full.id);
    await create();
    expect((await account.owner.get(`/documents/${empty.id}`)).status).toBe(404);
    const left = await account.owner.get(`/documents/${full.id}/versions`);
    expect(left.body.data.map((version) => version.version_number)).toEqual([1]);
    const log = await account.rows(
      'SELECT action, version FROM changes WHERE entity_id = ? ORDER BY seq',
      empty.id,
    );
    expect(log).toEqual([
      { action: 'create', version: 1 },
      { action: 'delete', version: 2 },
    ]);
    expect(await account.rows('SELECT id FROM document_versions WHERE document_id = ?', empty.id)).toEqual(
      [],
    );
    const { version_id } = empty.upload;
    const ofVersion = await account.owner.get(`/changes?entity_id=${version_id}`);
    expect(ofVersion.body.data).toMatchObject([
      { entity: 'document-version', action: 'create', version: 1 },
      { entity: 'document-version', action: 'delete', version: 2, actor_id: account.owner.id },
    ]);
  });

  test('does not come back as a version of the document that went with it', async () => {
    const document = await create();
    await age(document.id);
    const refused = await account.owner.post(`/documents/${document.id}/versions`, FILE);
    expect(refused.body.error.code).toBe('RECORD_NOT_FOUND');
    expect(await account.rows('SELECT id FROM document_versions WHERE document_id = ?', document.id)).toEqual(
      [],
    );
  });
});
