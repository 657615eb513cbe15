import type { Command } from 'commander';

/** Adds what every list takes: page, order, filters. */
export function withListOptions(command: Command): Command {
  return command
    .option('--limit <count>', 'how many to show, 1 to 200', '50')
    .option('--cursor <cursor>', 'go on where a page before ended')
    .option('--sort <field>', 'order by a field; -field for the other way round')
    .option('--filter <field=value...>', 'only those where the field has the value');
}

export interface ListOptions {
  readonly limit: string;
  readonly cursor?: string;
  readonly sort?: string;
  readonly filter?: readonly string[];
  readonly json?: boolean;
}

/** The query string of a list request, with its `?`. */
export function listQuery({ limit, cursor, sort, filter = [] }: ListOptions): string {
  const query = new URLSearchParams({ limit });
  if (cursor) query.set('cursor', cursor);
  if (sort) query.set('sort', sort);
  for (const pair of filter) {
    const [field = '', ...value] = pair.split('=');
    query.append(field, value.join('='));
  }
  return `?${query}`;
}
