import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { ReleaseBundle, ReleaseDetail } from '#shared-schema/releases/release.ts';
import { bundleText, releaseId } from '#shared-schema/releases/release-id.ts';
import { workerSize } from '#shared-schema/releases/worker-size.ts';
import { connect } from '../connect.ts';
import { explained } from '../output/new-file.ts';
import { printPage, printRecord } from '../output/print.ts';
import { readReleaseFile } from '../releases/read-release-file.ts';
import { examples } from './examples.ts';
import { type ListOptions, showList, withListOptions } from './list-options.ts';

const COLUMNS = ['id', 'schema_version', 'current_since', 'created_at', 'size_bytes'];

interface JsonOption {
  readonly json?: boolean;
}

export function releasesCommands(): Command {
  return new Command('releases')
    .description('builds of the account Worker')
    .addCommand(buildCommand())
    .addCommand(publishCommand())
    .addCommand(listCommand())
    .addCommand(showCommand());
}

function buildCommand(): Command {
  return new Command('build')
    .description('build the account Worker, with its migrations and its API tests, into a file')
    .option('--output <file>', 'where to write it (default: release-<id>.json)')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('freehold releases build --output next.json'))
    .action(async (options: JsonOption & { output?: string }) => {
      const bundle = await build(progressOf(options));
      const id = await releaseId(bundle);
      const file = options.output ?? `release-${id}.json`;
      await explained(file, writeFile(file, bundleText(bundle)));
      const { schema_version, migrations } = bundle;
      printDetail({ id, schema_version, ...(await workerSize(bundle)), file, migrations }, options);
      if (!options.json) console.log(`\nPublish it: freehold releases publish ${file}`);
    });
}

function publishCommand(): Command {
  return new Command('publish')
    .description('try a release against the current one, and make it what new accounts get')
    .argument('[file]', 'what `freehold releases build` wrote; built now where it is left out')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nThe API tests of the current release run on the new schema, and those of the new\nrelease on theirs, in a local cloud. Nothing is published where one fails.',
    )
    .addHelpText('after', examples('freehold releases publish', 'freehold releases publish next.json'))
    .action(async (file: string | undefined, options: JsonOption) => {
      const platform = connect();
      const progress = progressOf(options);
      const bundle = file === undefined ? await build(progress) : await readReleaseFile(file);
      // Imported here, for it brings miniflare, which no other command needs.
      const { publishRelease } = await import('../releases/publish-release.ts');
      const release = await publishRelease(platform, bundle, progress);
      printRecord(release, options);
      if (!options.json) {
        console.log(
          `\nNew accounts get it. Those that are there: freehold rollouts plan --release ${release.id}`,
        );
      }
    });
}

function listCommand(): Command {
  const command = new Command('list').description('list releases, first the one that new accounts get');
  return withListOptions(command, { sort: '-current_since' })
    .addHelpText('after', examples('freehold releases list --sort -created_at'))
    .action((options: ListOptions) => showList('/admin/releases', COLUMNS, options));
}

function showCommand(): Command {
  return new Command('show')
    .description('show one release: its migrations, its size, how many stacks run it')
    .argument('<id>')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('freehold releases show <id>'))
    .action(async (id: string, options: JsonOption) => {
      printDetail(await connect().get<ReleaseDetail>(`/admin/releases/${encodeURIComponent(id)}`), options);
    });
}

type Progress = (message: string) => void;

function progressOf({ json }: JsonOption): Progress {
  return (message) => {
    if (!json) process.stderr.write(`${message}\n`);
  };
}

async function build(progress: Progress): Promise<ReleaseBundle> {
  progress('Building the release …');
  // Imported here, for it brings wrangler, which no other command needs.
  const { buildRelease } = await import('../build/build-release.ts');
  return buildRelease();
}

function printDetail(
  { migrations, ...rest }: Pick<ReleaseDetail, 'migrations'> & Readonly<Record<string, unknown>>,
  options: JsonOption,
): void {
  const data = migrations.map(({ name, checksum }) => ({ name, checksum }));
  if (options.json) {
    printRecord({ ...rest, migrations: data }, options);
    return;
  }
  printRecord({ ...rest, migrations: data.length }, options);
  printPage({ data, next_cursor: null }, ['name', 'checksum'], options);
}
