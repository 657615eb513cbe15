import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { fingerprintObjects, READ_SCHEMA_OBJECTS_SQL } from '#shared-schema/migrations/schema-objects.ts';
import type { ReleaseBundle } from '#shared-schema/releases/release.ts';

const rowsSchema = z.array(z.object({ type: z.string(), name: z.string(), sql: z.string() }));

/** What a fresh database consists of once these migrations were applied, in the SQLite of this Node. */
export async function readSchema(
  migrations: ReleaseBundle['migrations'],
): Promise<NonNullable<ReleaseBundle['schema']>> {
  const database = new DatabaseSync(':memory:');
  try {
    for (const { sql } of migrations) database.exec(sql);
    const rows = rowsSchema.parse(database.prepare(READ_SCHEMA_OBJECTS_SQL).all());
    return { after: migrations.at(-1)?.name ?? '', objects: await fingerprintObjects(rows) };
  } finally {
    database.close();
  }
}
