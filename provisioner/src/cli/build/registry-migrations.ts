import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Migration } from '#shared-schema/migrations/migration.ts';
import { PROJECT_DIR } from './build-worker.ts';

/** The migrations of the registry, in order: `migrations/platform`. */
export async function readRegistryMigrations(): Promise<Migration[]> {
  const folder = join(PROJECT_DIR, 'migrations/platform');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(names.map(async (name) => ({ name, sql: await readFile(join(folder, name), 'utf8') })));
}
