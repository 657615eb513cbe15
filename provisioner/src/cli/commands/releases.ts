import { Command } from 'commander';
import type { ListPage } from '#shared-schema/lists/list-statement.ts';
import type { Release } from '#shared-schema/releases/release.ts';
import { connect } from '../connect.ts';
import { printPage, printRecord } from '../output/print.ts';
import { type ListOptions, listQuery, withListOptions } from './list-options.ts';

export function releasesCommands(): Command {
  return new Command('releases')
    .description('Builds of the account Worker')
    .addCommand(publishCommand())
    .addCommand(listCommand());
}

function publishCommand(): Command {
  return new Command('publish')
    .description('build the account Worker and make it what new accounts get')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      // Imported here, for it brings wrangler, which no other command needs.
      const { buildRelease } = await import('../build/build-release.ts');
      printRecord(await connect().post<Release>('/admin/releases', await buildRelease()), options);
    });
}

function listCommand(): Command {
  return withListOptions(new Command('list').description('list releases'))
    .option('--json', 'print JSON')
    .action(async (options: ListOptions) => {
      const page = await connect().get<ListPage<Release>>(`/admin/releases${listQuery(options)}`);
      printPage(page, ['id', 'schema_version', 'size_bytes', 'created_at'], options);
    });
}
