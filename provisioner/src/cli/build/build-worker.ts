import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import { CliError } from '../cli-error.ts';

/** The project's own folder. */
export const PROJECT_DIR = join(import.meta.dirname, '../../../..');

/** Where builds are kept, whatever instance they are for. */
const BUILDS_DIR = join(PROJECT_DIR, '.freehold', 'builds');

/** How long a build is kept after it was made: 1 day. A build that is wanted later is made again. */
const KEEP_BUILDS_MS = 24 * 60 * 60 * 1000;

export type WorkerFolder = 'platform-worker' | 'account-worker-template';

/** Everything that a Worker of ours can be built from. */
const SOURCES = ['shared-schema/src', 'provisioner/src', 'migrations', 'package-lock.json'];

/**
 * Builds a Worker with wrangler and its production configuration, and gives the folder of the modules. What was built
 * from the same sources before is used again. Error: `BUILD_FAILED` with wrangler's own words.
 */
export async function buildWorker(worker: WorkerFolder): Promise<string> {
  const outDir = join(BUILDS_DIR, `${worker}-${await sourcesHash(worker)}`);
  if (await exists(outDir)) return outDir;
  await mkdir(BUILDS_DIR, { recursive: true });
  const building = await mkdtemp(join(BUILDS_DIR, 'building-'));
  try {
    const config = join(PROJECT_DIR, worker, 'wrangler.jsonc');
    await runWrangler(['deploy', '--dry-run', '--outdir', building, '--config', config], 'BUILD_FAILED');
    await rename(building, outDir);
    await dropOldBuilds();
  } catch (thrown) {
    await rm(building, { recursive: true, force: true });
    // Somebody else built the same at the same time, and was first.
    if (!(await exists(outDir))) throw thrown;
  }
  return outDir;
}

/** Drops builds that were made long ago: what runs from one has read it by then. */
async function dropOldBuilds(): Promise<void> {
  for (const name of await readdir(BUILDS_DIR)) {
    const path = join(BUILDS_DIR, name);
    // Another start may drop the same build at the same moment: one that is gone needs no dropping.
    const made = await stat(path).catch(() => null);
    if (made && Date.now() - made.mtimeMs > KEEP_BUILDS_MS) await rm(path, { recursive: true, force: true });
  }
}

/** Runs wrangler with nobody to ask. Where it fails: an error of this code, with wrangler's own words. */
export async function runWrangler(
  args: readonly string[],
  code: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const result = await execa('wrangler', args, {
    cwd: PROJECT_DIR,
    preferLocal: true,
    localDir: PROJECT_DIR,
    all: true,
    reject: false,
    stdin: 'ignore',
    env: { WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1', ...env },
  });
  if (result.failed) throw new CliError({ code, message: result.all ?? result.message, cause: result });
}

/** Identifies everything that the Worker is built from, wherever it lies, in 16 digits. */
export async function sourcesHash(worker: WorkerFolder): Promise<string> {
  const hash = createHash('sha256');
  for (const source of [`${worker}/src`, `${worker}/wrangler.jsonc`, ...SOURCES]) {
    for (const file of await filesOf(join(PROJECT_DIR, source)))
      hash.update(relative(PROJECT_DIR, file)).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
