import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { sha256Hex } from '#shared-schema/hashing/sha256.ts';
import { CREATE_LEDGER_SQL, RECORD_MIGRATION_SQL } from '#shared-schema/migrations/migration.ts';
import { splitStatements } from '#shared-schema/sql/split-statements.ts';
import { ACCOUNT_MIGRATION_NAMES } from '#test/support/account-migrations.ts';
import { AccountWorkers } from '#test/support/account-worker.ts';

const FOLDER = join(import.meta.dirname, '../../../migrations/account');
let workers: AccountWorkers | undefined;

afterEach(() => workers?.stop());

test('records from before the index of entries are found by their words and tags', async () => {
  const stack = { stackId: randomUUID() };
  workers = await AccountWorkers.start(stack);
  const database = await workers.database(stack);
  await database.prepare(CREATE_LEDGER_SQL).run();
  for (const name of ACCOUNT_MIGRATION_NAMES.slice(0, 3)) {
    const sql = await readFile(join(FOLDER, name), 'utf8');
    for (const statement of splitStatements(sql)) await database.prepare(statement).run();
    await database
      .prepare(RECORD_MIGRATION_SQL)
      .bind(name, await sha256Hex(sql))
      .run();
  }
  await database
    .prepare('INSERT INTO stack_identity (only_row, stack_id, created_at) VALUES (1, ?, 0)')
    .bind(stack.stackId)
    .run();
  const insert = (table: string, id: string, body: object, deletedAt: number | null = null) =>
    database
      .prepare(
        `INSERT INTO ${table} VALUES (?, ?, 1, 'a', 0, 'u', 0, 'u', ?${table === 'users' ? ', NULL' : ''})`,
      )
      .bind(id, JSON.stringify(body), deletedAt)
      .run();
  await insert('users', 'u1', { name: "Olive  O'Hara", group_ids: [] });
  await insert('clients', 'c1', { company_name: 'Smith & Sons, Ltd.', tags: ['vip', 'new'] });
  await insert('clients', 'c2', { first_name: 'Jo', last_name: 'Smith-Jo', tags: [] });
  await insert('clients', 'c3', { last_name: 'Gone', tags: ['vip'] }, 1);

  const token = await workers.controlToken(stack);
  const migrated = await workers.send(stack, '/_platform/migrate', { method: 'POST', token, body: {} });
  expect(migrated).toMatchObject({ status: 200, body: { applied: ACCOUNT_MIGRATION_NAMES.slice(3) } });
  const { results } = await database
    .prepare('SELECT entity, field, term, record_id FROM index_entries ORDER BY record_id, field, term')
    .all<Record<string, string>>();
  expect(
    results.map(({ entity, field, term, record_id }) => `${record_id} ${entity} ${field} ${term}`),
  ).toEqual([
    ...['ltd', 'smith', 'sons'].map((word) => `c1 client q ${word}`),
    ...['new', 'vip'].map((tag) => `c1 client tags ${tag}`),
    ...['jo', 'smith'].map((word) => `c2 client q ${word}`),
    ...['ohara', 'olive'].map((word) => `u1 user q ${word}`),
  ]);
});
