import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../migrations/account');

/** The migrations of an account's database by name, in order, and the version of the schema that they make. */
export const ACCOUNT_MIGRATION_NAMES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.sql'))
  .sort();
export const ACCOUNT_SCHEMA_VERSION = Number.parseInt(ACCOUNT_MIGRATION_NAMES.at(-1) ?? '', 10);
