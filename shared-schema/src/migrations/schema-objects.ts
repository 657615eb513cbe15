import { sha256Hex } from '../hashing/sha256.ts';

/** The tables, indexes, triggers and views of a database, as SQLite itself keeps them. */
export const READ_SCHEMA_OBJECTS_SQL =
  'SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name';

/** What SQLite and D1 keep for themselves, and the ledger, which wrangler may have made. */
const NOT_OF_ANYONE = /^(sqlite_|_cf_|d1_migrations$)/;

export interface SchemaObjectRow {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

/** The SHA-256 of what defines each object, by `<type> <name>`: equal where the same columns and conditions are. */
export async function fingerprintObjects(rows: readonly SchemaObjectRow[]): Promise<Record<string, string>> {
  const ours = rows.filter(({ name }) => !NOT_OF_ANYONE.test(name));
  const entries = ours.map(async ({ type, name, sql }) => [`${type} ${name}`, await fingerprint(sql)]);
  return Object.fromEntries(await Promise.all(entries));
}

/** A restored database has names in quotes and other white space than the one that it was exported from. */
function fingerprint(sql: string): Promise<string> {
  return sha256Hex(sql.replace(/[\s"`[\]]/g, ''));
}
