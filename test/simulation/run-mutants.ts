import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execaNode } from 'execa';
import { PROJECT_DIR } from '#provisioner/cli/build/build-worker.ts';
import { MUTANTS, type Mutant } from './mutants.ts';

/** A defect that is not found in so many seeds counts as missed. */
const SEEDS = 2_000;
const FOLDERS = ['migrations', 'platform-worker', 'provisioner', 'shared-schema', 'test'];

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const mutants = MUTANTS.filter(({ name }) => name.includes(values.only));

const copy = await mkdtemp(join(tmpdir(), 'freehold-mutants-'));
try {
  for (const folder of FOLDERS) await cp(join(PROJECT_DIR, folder), join(copy, folder), { recursive: true });
  await cp(join(PROJECT_DIR, 'package.json'), join(copy, 'package.json'));
  await symlink(join(PROJECT_DIR, 'node_modules'), join(copy, 'node_modules'));
  let missed = 0;
  for (const mutant of mutants) {
    const found = await firstFailure(mutant);
    if (found === null) missed += 1;
    console.log(`${mutant.name}: ${found ?? `not found in ${SEEDS} seeds`}`);
  }
  console.log(`defects ${mutants.length}, found ${mutants.length - missed}`);
  process.exitCode = missed === 0 ? 0 : 1;
} finally {
  await rm(copy, { recursive: true, force: true });
}

/** The first seed that fails with the defect in place, and why. */
async function firstFailure({ file, find, replace }: Mutant): Promise<string | null> {
  const path = join(copy, file);
  const text = await readFile(path, 'utf8');
  if (text.split(find).length !== 2) throw new Error(`${file} does not have exactly one place: ${find}`);
  await writeFile(
    path,
    text.replace(find, () => replace),
  );
  try {
    const script = join(copy, 'test/simulation/run.ts');
    const { stdout, exitCode } = await execaNode(script, ['--seeds', String(SEEDS)], {
      cwd: copy,
      reject: false,
      timeout: 15 * 60_000,
    });
    if (exitCode === 0) return null;
    const failed = stdout.split('\n').find((line) => line.startsWith('seed '));
    if (!failed) throw new Error(`${file} broke the simulation itself: ${stdout.slice(-500)}`);
    return failed;
  } finally {
    await writeFile(path, text);
  }
}
