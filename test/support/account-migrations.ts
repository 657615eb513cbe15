import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../migrations/account');

/** The files of migrations/account in their order. */
export const MIGRATION_NAMES: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.sql'))
  .sort();

/** The number of the last of them: what a stack says that is up to date. */
export const NEWEST_SCHEMA_VERSION = Number(MIGRATION_NAMES.at(-1)?.slice(0, 4));
