import { buildRelease } from '#provisioner/cli/build/build-release.ts';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { sha256Hex } from '#shared-schema/hashing/sha256.ts';
import { type Release, type ReleaseBundle, releaseSchema } from '#shared-schema/releases/release.ts';
import { send } from './send.ts';

/** The schema of {@link laterRelease}. */
export const LATER_SCHEMA = 900;

/** Refuses accounts that have a group: its notes have titles, and groups have none. */
const SQL = `CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, title TEXT NOT NULL) STRICT;
INSERT INTO notes SELECT id, body ->> '$.title' FROM groups WHERE deleted_at IS NULL;`;

/** The present release with one migration more, which the data of an account can break. */
export async function laterRelease(): Promise<ReleaseBundle> {
  const bundle = await buildRelease();
  const migration = { name: '0900_create_notes.sql', sql: SQL, checksum: await sha256Hex(SQL) };
  return { ...bundle, schema_version: LATER_SCHEMA, migrations: [...bundle.migrations, migration] };
}

export async function publish(instance: LocalInstance, bundle: ReleaseBundle): Promise<Release> {
  const token = instance.admin_token;
  const answer = await send(`${instance.url}/admin/releases`, { method: 'POST', token, json: bundle });
  if (answer.status !== 201) throw new Error(`The release was refused: ${answer.text}`);
  return releaseSchema.parse(answer.body);
}
