import { ApiError } from '../api/api-error.ts';
import { forgetLoadedScripts } from '../dispatch/loaded-scripts.ts';
import type { Env } from '../env.ts';
import { databaseBinding } from './database-binding.ts';
import { forgetDatabase, trackDatabase } from './time-travel-client.ts';
import { markSlotFree, wipeDatabase } from './wipe-database.ts';

/** A database as the state holds it. */
export interface DatabaseRow {
  uuid: string;
  name: string;
  slot: number | null;
  created_at: string;
  jurisdiction: string | null;
  read_replication: string;
}

/** A database to be created. */
export interface NewDatabase {
  name: string;
  jurisdiction: string | null;
  readReplication: string;
}

/** The database of this uuid, or `DATABASE_NOT_FOUND`. */
export async function getDatabase(
  env: Env,
  uuid: string,
): Promise<{ row: DatabaseRow; binding: D1Database }> {
  const row = await env.STATE.prepare('SELECT * FROM databases WHERE uuid = ?')
    .bind(uuid)
    .first<DatabaseRow>();
  const binding = row === null ? undefined : databaseBinding(env, row);
  if (row === null || binding === undefined) {
    throw notFound(uuid);
  }
  return { row, binding };
}

/** The uuid of the database of this name, or what was given when there is none: it may be a uuid itself. */
export async function findUuid(env: Env, uuidOrName: string): Promise<string> {
  const uuid = await env.STATE.prepare('SELECT uuid FROM databases WHERE name = ?')
    .bind(uuidOrName)
    .first<string>('uuid');
  return uuid ?? uuidOrName;
}

/** Gives a free slot, the longest free first, to a new database. */
export async function createDatabase(env: Env, database: NewDatabase): Promise<DatabaseRow> {
  const uuid = crypto.randomUUID();
  const { name, jurisdiction, readReplication } = database;
  const [, , created] = await env.STATE.batch<DatabaseRow>([
    env.STATE.prepare(
      `INSERT INTO databases (uuid, name, slot, created_at, jurisdiction, read_replication)
       SELECT ?1, ?2, slot, ?3, ?4, ?5 FROM slots
       WHERE status = 'free' AND NOT EXISTS (SELECT 1 FROM databases WHERE name = ?2)
       ORDER BY freed_at, slot LIMIT 1`,
    ).bind(uuid, name, new Date().toISOString(), jurisdiction, readReplication),
    env.STATE.prepare(
      `UPDATE slots SET status = 'used' WHERE slot = (SELECT slot FROM databases WHERE uuid = ?)`,
    ).bind(uuid),
    env.STATE.prepare('SELECT * FROM databases WHERE uuid = ?1 OR name = ?2').bind(uuid, name),
  ]);
  const row = created?.results[0];
  if (row === undefined) {
    throw new ApiError(
      'DATABASE_QUOTA',
      'You have reached the maximum number of databases: every slot is in use',
    );
  }
  if (row.uuid !== uuid) {
    throw new ApiError('DATABASE_NAME_TAKEN', `A database with the name '${name}' already exists`);
  }
  await trackDatabase(env, row);
  return row;
}

/** Databases whose name contains `search` and that were created by `asOf` (ISO 8601), newest first. */
export async function listDatabases(
  env: Env,
  page: { search: string; asOf: string; limit: number; offset: number },
): Promise<{ rows: DatabaseRow[]; total: number }> {
  const [rows, count] = await env.STATE.batch<DatabaseRow & { total: number }>([
    env.STATE.prepare(
      `SELECT * FROM databases WHERE instr(name, ?) > 0 AND created_at <= ?
       ORDER BY created_at DESC, rowid DESC LIMIT ? OFFSET ?`,
    ).bind(page.search, page.asOf, page.limit, page.offset),
    env.STATE.prepare(
      'SELECT count(*) AS total FROM databases WHERE instr(name, ?) > 0 AND created_at <= ?',
    ).bind(page.search, page.asOf),
  ]);
  return { rows: rows?.results ?? [], total: count?.results[0]?.total ?? 0 };
}

/** Records the read replication mode. */
export async function setReadReplication(env: Env, uuid: string, mode: string): Promise<void> {
  await env.STATE.prepare('UPDATE databases SET read_replication = ? WHERE uuid = ?').bind(mode, uuid).run();
}

/**
 * Deletes a database. Its slot is marked dirty in the same transaction and given out again only once it was wiped, so a
 * crash in between leaves nothing readable; scripts lose the binding before the wipe begins. A hosted Worker's own
 * database is wiped, and listed again at the next start.
 */
export async function deleteDatabase(env: Env, uuid: string): Promise<void> {
  const { row, binding } = await getDatabase(env, uuid);
  const [, deleted] = await env.STATE.batch([
    env.STATE.prepare(
      `UPDATE slots SET status = 'dirty' WHERE slot = (SELECT slot FROM databases WHERE uuid = ?)`,
    ).bind(uuid),
    env.STATE.prepare('DELETE FROM databases WHERE uuid = ?').bind(uuid),
  ]);
  forgetLoadedScripts();
  if (deleted?.meta.changes === 0) throw notFound(uuid);
  await forgetDatabase(env, uuid);
  await wipeDatabase(binding);
  if (row.slot !== null) await markSlotFree(env, row.slot);
}

function notFound(uuid: string): ApiError {
  return new ApiError('DATABASE_NOT_FOUND', `The database ${uuid} could not be found`);
}
