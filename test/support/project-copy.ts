import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { PROJECT_DIR } from '#provisioner/cli/build/build-worker.ts';

const SOURCES = [
  ...[
    'account-worker-template',
    'local-cloud',
    'migrations',
    'platform-worker',
    'provisioner',
    'shared-schema',
  ],
  ...['package.json', 'package-lock.json'],
];

export interface ProjectCopy extends AsyncDisposable {
  readonly folder: string;
  /** Changes one of its files where it says just this. */
  replace(file: string, text: string, by: string): Promise<void>;
  /** Adds a migration to the account Worker's schema, as somebody who works on the project would. */
  addAccountMigration(name: string, sql: string): Promise<void>;
  /** Builds the release of the copy with its own command line, and gives the file. */
  buildRelease(): Promise<string>;
}

/** The project's sources in another folder. */
export async function copyProject(): Promise<ProjectCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'freehold-copy-'));
  for (const name of SOURCES) await cp(join(PROJECT_DIR, name), join(folder, name), { recursive: true });
  await symlink(join(PROJECT_DIR, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    async replace(file, text, by) {
      const path = join(folder, file);
      const before = await readFile(path, 'utf8');
      if (!before.includes(text)) throw new Error(`${file} does not say ${text}.`);
      await writeFile(path, before.replace(text, by));
    },
    async addAccountMigration(name, sql) {
      await writeFile(join(folder, 'migrations/account', name), sql);
      const list = join(folder, 'account-worker-template/src/schema/migrations.ts');
      const before = await readFile(list, 'utf8');
      const entry = `  { name: '${name}', sql: added },\n];`;
      const added = `import added from '../../../migrations/account/${name}';\n`;
      await writeFile(list, `${added}${before.replace('];', entry)}`);
    },
    async buildRelease() {
      const file = join(folder, 'release.json');
      const program = join(folder, 'provisioner/src/cli/freehold.ts');
      await execa(process.execPath, [program, 'releases', 'build', '--output', file], { cwd: folder });
      return file;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
