import { Command } from 'commander';
import type { Pool } from '#shared-schema/stacks/pool.ts';
import { connect } from '../connect.ts';
import { pageLines, printPage } from '../output/print.ts';
import { type ShowOptions, show, withShowOptions } from '../watch/show.ts';
import { examples } from './examples.ts';

const COLUMNS = ['residency', 'size', 'ready', 'building', 'stale'];

interface Pools {
  readonly data: Pool[];
}

export function poolCommands(): Command {
  return new Command('pool')
    .description('stacks made ahead of need, for signups to claim')
    .addCommand(listCommand())
    .addCommand(fillCommand());
}

function listCommand(): Command {
  return withShowOptions(new Command('list').description('how many there are, by residency'))
    .addHelpText('after', examples('freehold pool list --watch'))
    .action(async (options: ShowOptions) => {
      const platform = connect();
      const read = async () => asPage(await platform.get<Pools>('/admin/pool'));
      await show({ read, lines: (page) => pageLines(page, COLUMNS) }, options);
    });
}

function fillCommand(): Command {
  return new Command('fill')
    .description('make what is missing now, and bring up to date what is stale')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('freehold pool fill'))
    .action(async (options: { json?: boolean }) =>
      printPage(asPage(await connect().post<Pools>('/admin/pool/fill', {})), COLUMNS, options),
    );
}

function asPage({ data }: Pools) {
  return { data, next_cursor: null };
}
