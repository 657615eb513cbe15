import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { claimedCopySchema } from '#shared-schema/control/control-calls.ts';
import { listedFilesSchema } from '#shared-schema/files/file-calls.ts';
import { TestAccount } from '#test/support/account.ts';
import { AccountWorkers } from '#test/support/account-worker.ts';
import { dumpDatabase, foundIn } from '#test/support/dump-database.ts';

const NEVER = 9_999_999_999_999;
const started: TestAccount[] = [];
/** Its database is what a restore leaves: of another stack and another account. */
let copy: TestAccount;
let source: { readonly stack_id: string; readonly source_account_id: string };
let accountId: string;

beforeEach(async () => {
  copy = await TestAccount.start();
  started.push(copy);
  source = { stack_id: randomUUID(), source_account_id: copy.id };
  accountId = randomUUID();
  await copy.rows('UPDATE stack_identity SET stack_id = ?', source.stack_id);
});
afterAll(() => Promise.all(started.map((account) => account.stop())));

function claim(after: string | null = null, order: object = {}) {
  const body = { ...source, account_id: accountId, after, ...order };
  return copy.control('POST', '/_platform/claim-copy', body);
}

/** Claims to the end, and gives the places that it came to. */
async function claimAll(): Promise<string[]> {
  const places: string[] = [];
  for (;;) {
    const { status, body } = await claim(places.at(-1));
    expect(status, JSON.stringify(body)).toBe(200);
    const { after } = claimedCopySchema.parse(body);
    if (after === null) return places;
    places.push(after);
  }
}

function identity() {
  return copy.rows('SELECT stack_id, account_id FROM stack_identity');
}

async function insertClients(count: number): Promise<void> {
  await copy.rows(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
     INSERT INTO clients (id, body, version, account_id, created_at, created_by, updated_at, updated_by)
     SELECT printf('00000000-0000-7000-8000-%012d', i), '{}', 3, ?, 1, 'somebody', 2, 'somebody' FROM n`,
    copy.id,
  );
}

/** A document with versions of these statuses. */
async function insertDocument(...versions: ('stored' | 'pending')[]): Promise<string> {
  const id = randomUUID();
  await copy.rows(
    `INSERT INTO documents (id, body, version, account_id, created_at, created_by, updated_at, updated_by)
     VALUES (?, '{}', 1, ?, 0, 'somebody', 0, 'somebody')`,
    ...[id, copy.id],
  );
  for (const [number, status] of versions.entries()) {
    await copy.rows(
      `INSERT INTO document_versions
         (id, document_id, version_number, content_type, size, sha256, status, created_at, created_by)
       VALUES (?, ?, ?, 'text/plain', 1, '', ?, ?, 'somebody')`,
      ...[randomUUID(), id, number + 1, status, Date.now() - 1],
    );
  }
  return id;
}

async function versions() {
  const rows = await copy.rows(`SELECT document_id || ' ' || status AS text FROM document_versions`);
  return rows.map(({ text }) => text).sort();
}

async function linksAndAnswers() {
  await copy.openSession(copy.owner.id, 'owner');
  await copy.rows(`INSERT INTO password_resets VALUES ('hash', ?, 'a@b.test', 0, ${NEVER})`, copy.owner.id);
  await copy.rows(
    `INSERT INTO idempotency_keys VALUES (?, 'key', 'print', 200, '{}', ${NEVER})`,
    copy.owner.id,
  );
  await copy.rows(
    `INSERT INTO invitations (id, body, version, account_id, created_at, created_by, updated_at, updated_by, token_hash)
     VALUES ('i', '{}', 1, ?, 0, '', 0, '', 'hash')`,
    copy.id,
  );
  await copy.rows(`INSERT INTO index_entries VALUES ('invitation', 'q', 'ivy', 'i')`);
}

const GONE = ['sessions', 'password_resets', 'idempotency_keys', 'invitations'];

async function countsOfGone(): Promise<number[]> {
  const counts = GONE.map(async (table) => (await copy.rows(`SELECT * FROM ${table}`)).length);
  const entries = await copy.rows(`SELECT * FROM index_entries WHERE entity = 'invitation'`);
  return [...(await Promise.all(counts)), entries.length];
}

describe('a copy', () => {
  test('becomes the account’s in every record, a slice a call, and nothing else of a record changes', async () => {
    await insertClients(4_100);
    // It comes before every client, and its kind after theirs.
    await copy.rows(
      `INSERT INTO contact_companies (id, body, version, account_id, created_at, created_by, updated_at, updated_by)
       VALUES ('00000000-0000-7000-8000-000000000000', '{}', 1, ?, 0, '', 0, '')`,
      copy.id,
    );
    expect(await claimAll()).toEqual([
      'client/00000000-0000-7000-8000-000000001999',
      'client/00000000-0000-7000-8000-000000003999',
    ]);
    expect(await copy.rows('SELECT DISTINCT account_id FROM clients')).toEqual([{ account_id: accountId }]);
    expect(await copy.rows('SELECT DISTINCT version, updated_at, updated_by FROM clients')).toEqual([
      { version: 3, updated_at: 2, updated_by: 'somebody' },
    ]);
    expect(await identity()).toEqual([{ stack_id: copy.stack.stackId, account_id: accountId }]);
    const dump = await dumpDatabase(copy);
    expect(foundIn(dump, [source.stack_id, source.source_account_id])).toEqual([]);
    expect(dump.users).toHaveLength(1);
    expect(dump.changes).toHaveLength(1);
  });

  test('loses sessions, links and kept answers, and loses none of its own to a call that comes late', async () => {
    await linksAndAnswers();
    await claimAll();
    expect(await countsOfGone()).toEqual([0, 0, 0, 0, 0]);
    await linksAndAnswers();
    const pending = await insertDocument('pending');
    expect(await claimAll()).toEqual([]);
    expect(await countsOfGone()).toEqual([1, 1, 1, 1, 1]);
    expect(await versions()).toEqual([`${pending} pending`]);
  });

  test('loses uploads that are outstanding, and documents that never had bytes', async () => {
    const [both, never] = [await insertDocument('stored', 'pending'), await insertDocument('pending')];
    await claimAll();
    expect(await versions()).toEqual([`${both} stored`]);
    expect(await copy.rows('SELECT id FROM documents WHERE deleted_at IS NULL')).toEqual([{ id: both }]);
    const logged = await copy.rows(`SELECT entity_id, action FROM changes WHERE entity = 'document'`);
    expect(logged).toEqual([{ entity_id: never, action: 'delete' }]);
  });

  test.each([
    ['is of another stack', { stack_id: randomUUID() }],
    ['is of another account', { source_account_id: randomUUID() }],
  ])('that %s is refused, and nothing is touched', async (_, order) => {
    await linksAndAnswers();
    const { status, body } = await claim(null, order);
    expect([status, body.error.code]).toEqual([500, 'STACK_IDENTITY_MISMATCH']);
    expect(await identity()).toEqual([{ stack_id: source.stack_id, account_id: copy.id }]);
    expect(await countsOfGone()).toEqual([2, 1, 1, 1, 1]);
  });

  test('that holds nothing is refused', async () => {
    const stack = { stackId: randomUUID() };
    const workers = await AccountWorkers.start(stack);
    const body = { ...source, account_id: accountId, after: null };
    const token = await workers.controlToken(stack);
    const answer = await workers.send(stack, '/_platform/claim-copy', { method: 'POST', token, body });
    expect([answer.status, answer.body.error.code]).toEqual([500, 'STACK_IDENTITY_MISMATCH']);
    await workers.stop();
  });

  test('is claimed once where two calls come at once', async () => {
    await linksAndAnswers();
    const answers = await Promise.all([claim(), claim()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await identity()).toEqual([{ stack_id: copy.stack.stackId, account_id: accountId }]);
    expect(await countsOfGone()).toEqual([0, 0, 0, 0, 0]);
  });

  test('that was claimed is no other account’s', async () => {
    await claimAll();
    const { status, body } = await claim(null, { account_id: randomUUID() });
    expect([status, body.error.code]).toEqual([500, 'STACK_IDENTITY_MISMATCH']);
    expect(await copy.rows('SELECT DISTINCT account_id FROM users')).toEqual([{ account_id: accountId }]);
  });

  test('is not gone on with from where nothing is', async () => {
    const { status, body } = await claim('robots/1');
    expect([status, body.error.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(body.error.context.fields).toEqual([{ field: 'after', message: 'There are no such records.' }]);
  });
});

describe('the list of files', () => {
  const list = (account_id: string, after: string | null = null) =>
    copy.control('POST', '/_platform/files/list', { account_id, after });
  const listed = async (after?: string | null) =>
    listedFilesSchema.parse((await list(copy.id, after)).body).files;

  test('names what is stored of documents that are not deleted, after the given one', async () => {
    await copy.rows('UPDATE stack_identity SET stack_id = ?', copy.stack.stackId);
    const stored = [await insertDocument('stored', 'pending'), await insertDocument('stored')];
    const deleted = await insertDocument('stored');
    await copy.rows('UPDATE document_versions SET bytes_due_at = 1 WHERE document_id = ?', deleted);
    const files = await listed();
    expect(files.map(({ document_id }) => document_id).toSorted()).toEqual(stored.toSorted());
    const [first, second] = files.map(({ version_id }) => version_id);
    expect(await listed(first)).toEqual(files.slice(1));
    expect(await listed(second)).toEqual([]);
  });

  test('is of the account alone', async () => {
    await copy.rows('UPDATE stack_identity SET stack_id = ?', copy.stack.stackId);
    const { status, body } = await list(randomUUID());
    expect([status, body.error.code]).toEqual([409, 'OWNER_CONFLICT']);
  });
});
