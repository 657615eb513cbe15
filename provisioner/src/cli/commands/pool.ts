import { Command } from 'commander';
import type { Pool } from '#shared-schema/stacks/pool.ts';
import { connect } from '../connect.ts';
import { printPage } from '../output/print.ts';

const COLUMNS = ['residency', 'size', 'ready', 'building', 'stale'];

interface PoolOptions {
  readonly json?: boolean;
}

export function poolCommands(): Command {
  return new Command('pool')
    .description('Stacks made ahead of need, for signups to claim')
    .addCommand(
      new Command('list')
        .description('how many there are, by residency')
        .option('--json', 'print JSON')
        .action(async (options: PoolOptions) =>
          print(await connect().get<{ data: Pool[] }>('/admin/pool'), options),
        ),
    )
    .addCommand(
      new Command('fill')
        .description('make what is missing now, and bring up to date what is stale')
        .option('--json', 'print JSON')
        .action(async (options: PoolOptions) =>
          print(await connect().post<{ data: Pool[] }>('/admin/pool/fill', {}), options),
        ),
    );
}

function print({ data }: { data: Pool[] }, options: PoolOptions): void {
  printPage({ data, next_cursor: null }, COLUMNS, options);
}
