import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { sha256Hex } from '#shared-schema/hashing/sha256.ts';
import { schemaVersion } from '#shared-schema/migrations/migration.ts';
import {
  type ReleaseBundle,
  type ReleaseModule,
  releaseBundleSchema,
} from '#shared-schema/releases/release.ts';
import { buildWorker, PROJECT_DIR } from './build-worker.ts';
import { bundleApiTests } from './bundle-api-tests.ts';
import { readSchema } from './read-schema.ts';
import { readWorkerConfig } from './worker-config.ts';

const MAIN_MODULE = 'index.js';
const MIGRATIONS_DIR = join(PROJECT_DIR, 'migrations/account');

/** What kind of module a file of the build is; other files (source maps, a readme) are not part of the Worker. */
const MODULE_TYPES: Readonly<Record<string, ReleaseModule['type']>> = {
  '.js': 'esm',
  '.sql': 'text',
  '.wasm': 'wasm',
};

/**
 * Builds the account Worker, with its migrations inside and its API tests beside it, into what is published as a release.
 * Error: `BUILD_FAILED`.
 */
export async function buildRelease(): Promise<ReleaseBundle> {
  const buildDir = await buildWorker('account-worker-template');
  const { compatibility_date, compatibility_flags } = readWorkerConfig('account-worker-template');
  const migrations = await readMigrations();
  return releaseBundleSchema.parse({
    main_module: MAIN_MODULE,
    compatibility_date,
    compatibility_flags,
    schema_version: schemaVersion(migrations),
    migrations,
    schema: await readSchema(migrations),
    modules: await readModules(buildDir),
    api_tests: await bundleApiTests(),
  });
}

async function readMigrations(): Promise<ReleaseBundle['migrations']> {
  const names = (await readdir(MIGRATIONS_DIR)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(MIGRATIONS_DIR, name), 'utf8');
      return { name, sql, checksum: await sha256Hex(sql) };
    }),
  );
}

async function readModules(buildDir: string): Promise<ReleaseModule[]> {
  const names = (await readdir(buildDir)).filter((name) => extname(name) in MODULE_TYPES).sort();
  return Promise.all(
    names.map(async (name) => {
      const type = MODULE_TYPES[extname(name)] ?? 'text';
      const content = await readFile(join(buildDir, name), type === 'wasm' ? 'base64' : 'utf8');
      return { name, type, content };
    }),
  );
}
