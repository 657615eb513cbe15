import type { Env } from '../env.ts';

interface SchemaEntry {
  type: string;
  name: string;
  virtual: number;
}

/**
 * Drops everything a database holds: views, triggers, virtual tables and their shadow tables, ordinary tables and with
 * them indexes and `sqlite_sequence` rows. Safe to repeat. With foreign keys deferred, tables may go in any order:
 * SQLite skips RESTRICT and counts violations only at commit, when nothing is left to violate.
 */
export async function wipeDatabase(database: D1Database): Promise<void> {
  const entries = await listEntries(database);
  await dropAll(
    database,
    entries.filter((entry) => entry.type !== 'table' || entry.virtual === 1),
  );
  await dropAll(database, await listEntries(database));
}

/** Records that a slot is empty and may be given out again. */
export async function markSlotFree(env: Env, slot: number): Promise<void> {
  await env.STATE.prepare(
    `UPDATE slots SET status = 'free', freed_at = ? WHERE slot = ? AND status = 'dirty'`,
  )
    .bind(Date.now(), slot)
    .run();
}

async function listEntries(database: D1Database): Promise<SchemaEntry[]> {
  const { results } = await database
    .prepare(
      `SELECT type, name, sql LIKE 'CREATE VIRTUAL TABLE%' AS virtual FROM sqlite_master
       WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'
         AND (name NOT LIKE 'sqlite\\_%' ESCAPE '\\' OR name LIKE 'sqlite\\_stat%' ESCAPE '\\')
       ORDER BY type = 'table', type = 'view'`,
    )
    .all<SchemaEntry>();
  return results;
}

async function dropAll(database: D1Database, entries: SchemaEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await database.batch([
    database.prepare('PRAGMA defer_foreign_keys = ON'),
    ...entries.map(({ type, name }) =>
      database.prepare(`DROP ${type.toUpperCase()} IF EXISTS "${name.replaceAll('"', '""')}"`),
    ),
  ]);
}
