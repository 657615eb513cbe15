import type { Command } from 'commander';
import type { ListPage } from '#shared-schema/lists/list-statement.ts';
import { CliError } from '../cli-error.ts';
import { connect } from '../connect.ts';
import { pageLines } from '../output/print.ts';
import { type ShowOptions, show, withShowOptions } from '../watch/show.ts';

/** Adds what every list takes: page, order, filters, and how it is shown. */
export function withListOptions(command: Command, { sort }: { readonly sort?: string } = {}): Command {
  const list = command
    .option('--limit <count>', 'how many to show, 1 to 200', '50')
    .option('--cursor <cursor>', 'go on where a page before ended')
    .option('--sort <field>', 'order by a field; -field for the other way round', sort)
    .option('--filter <field=value...>', 'only those where the field has the value');
  return withShowOptions(list);
}

export interface ListOptions extends ShowOptions {
  readonly limit: string;
  readonly cursor?: string;
  readonly sort?: string;
  readonly filter?: readonly string[];
}

/** Shows a page of a list of the platform as a table of the columns. */
export async function showList(
  path: string,
  columns: readonly string[],
  options: ListOptions,
): Promise<void> {
  const platform = connect();
  const query = listQuery(options);
  const read = () => platform.get<ListPage<object>>(`${path}${query}`);
  await show({ read, lines: (page) => pageLines(page, columns) }, options);
}

/** The query string of a list request, with its `?`. Error: `USAGE`. */
export function listQuery({ limit, cursor, sort, filter = [] }: ListOptions): string {
  const query = new URLSearchParams({ limit });
  if (cursor) query.set('cursor', cursor);
  if (sort) query.set('sort', sort);
  for (const pair of filter) {
    const [field = '', ...value] = pair.split('=');
    if (value.length === 0) {
      throw new CliError({
        code: 'USAGE',
        message: `This is no filter: ${pair}.`,
        next: 'Write it as <field>=<value>, such as status=failed.',
      });
    }
    query.append(field, value.join('='));
  }
  return `?${query}`;
}
