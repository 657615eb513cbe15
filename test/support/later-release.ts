import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { buildRelease } from '#provisioner/cli/build/build-release.ts';
import { readSchema } from '#provisioner/cli/build/read-schema.ts';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { sha256Hex } from '#shared-schema/hashing/sha256.ts';
import { type Release, type ReleaseBundle, releaseSchema } from '#shared-schema/releases/release.ts';
import { bundleWorker } from './bundle.ts';
import { send } from './send.ts';

const ENTRY = join(import.meta.dirname, '../../account-worker-template/src/index.ts');

/** The schema of {@link laterRelease}. */
export const LATER_SCHEMA = 900;

/** Refuses accounts that have a group: its notes have titles, and groups have none. */
const SQL = `CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, title TEXT NOT NULL) STRICT;
INSERT INTO notes SELECT id, body ->> '$.title' FROM groups WHERE deleted_at IS NULL;`;

/** The present release with one migration more, which the data of an account can break. */
export async function laterRelease(): Promise<ReleaseBundle> {
  const bundle = await buildRelease();
  const migration = { name: '0900_create_notes.sql', sql: SQL, checksum: await sha256Hex(SQL) };
  const migrations = [...bundle.migrations, migration];
  return {
    ...bundle,
    ...{ schema_version: LATER_SCHEMA, migrations, schema: await readSchema(migrations) },
    modules: (await bundleWorker(ENTRY, [appendedMigration])).map(({ type, path, contents }) =>
      type === 'CompiledWasm'
        ? { name: path, type: 'wasm' as const, content: Buffer.from(contents ?? '').toString('base64') }
        : { name: path, type: 'esm' as const, content: String(contents) },
    ),
  };
}

/** The later release, built into a Worker that answers everything with 500. */
export async function unwellRelease(): Promise<ReleaseBundle> {
  const bundle = await laterRelease();
  const content = 'export default { fetch: () => new Response(null, { status: 500 }) };';
  return { ...bundle, modules: [{ name: bundle.main_module, type: 'esm', content }] };
}

/** The Worker knows the migration too, as one that was built with it does. */
const appendedMigration: Plugin = {
  name: 'appended-migration',
  setup: ({ onLoad }) => {
    onLoad({ filter: /schema\/migrations\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const entry = JSON.stringify({ name: '0900_create_notes.sql', sql: SQL });
      return { loader: 'ts', contents: source.replace(/\];\s*$/, `  ${entry},\n];\n`) };
    });
  },
};

/** The present release with other code, which does the same: the schema stays. */
export async function recodedRelease(): Promise<ReleaseBundle> {
  const bundle = await buildRelease();
  const recoded = bundle.modules.map((module) =>
    module.name === bundle.main_module ? { ...module, content: `${module.content}\n// The same.\n` } : module,
  );
  return { ...bundle, modules: recoded };
}

export async function publish(instance: LocalInstance, bundle: ReleaseBundle): Promise<Release> {
  const token = instance.admin_token;
  const answer = await send(`${instance.url}/admin/releases`, { method: 'POST', token, json: bundle });
  if (answer.status !== 201) throw new Error(`The release was refused: ${answer.text}`);
  return releaseSchema.parse(answer.body);
}
