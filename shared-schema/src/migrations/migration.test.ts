import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../hashing/sha256.ts';
import { type LedgerRow, pendingMigrations, schemaVersion } from './migration.ts';

const MIGRATIONS = [
  { name: '0001_first.sql', sql: 'CREATE TABLE a (x)' },
  { name: '0002_second.sql', sql: 'CREATE TABLE b (x)' },
];
const LEDGER: LedgerRow[] = await Promise.all(
  MIGRATIONS.map(async ({ name, sql }) => ({ name, checksum: await sha256Hex(sql) })),
);

function refusal(code: string, migration: string) {
  return expect.objectContaining({ code, context: { migration } });
}

describe('the pending migrations', () => {
  test('are all of them for an empty ledger, with their checksums', async () => {
    const pending = await pendingMigrations(MIGRATIONS, []);
    expect(pending.map(({ name, checksum }) => ({ name, checksum }))).toEqual(LEDGER);
  });

  test('are those after the last one applied', async () => {
    const pending = await pendingMigrations(MIGRATIONS, LEDGER.slice(0, 1));
    expect(pending.map(({ name }) => name)).toEqual(['0002_second.sql']);
    expect(await pendingMigrations(MIGRATIONS, LEDGER)).toEqual([]);
  });

  test('are not told where one was edited after it was applied', async () => {
    const edited = [{ name: '0001_first.sql', sql: 'CREATE TABLE a (x, y)' }];
    await expect(pendingMigrations(edited, LEDGER.slice(0, 1))).rejects.toEqual(
      refusal('MIGRATION_EDITED', '0001_first.sql'),
    );
  });

  test('are not told where one was put before one that was applied', async () => {
    const inserted = [{ name: '0000_before.sql', sql: '' }, ...MIGRATIONS];
    await expect(pendingMigrations(inserted, LEDGER.slice(0, 1))).rejects.toEqual(
      refusal('MIGRATION_EDITED', '0001_first.sql'),
    );
  });

  test('are none where a later release brought the schema further', async () => {
    expect(await pendingMigrations(MIGRATIONS.slice(0, 1), LEDGER)).toEqual([]);
  });
});

test('a schema is called by the number of its last migration', () => {
  expect(schemaVersion([])).toBe(0);
  expect(schemaVersion(MIGRATIONS)).toBe(2);
});
