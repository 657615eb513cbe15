import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { begin, type LifecycleOptions, lifecycleCommand } from './account-lifecycle.ts';
import { examples } from './examples.ts';

interface RestoreOptions extends LifecycleOptions {
  readonly to?: string;
  readonly bookmark?: string;
  readonly export?: string;
}

export function restoreCommand(): Command {
  return lifecycleCommand('restore', "put an account's data back to what it was; everybody logs in again")
    .option('--to <time>', 'a time of the last 30 days, as ISO 8601: in place, nobody is served meanwhile')
    .option('--bookmark <bookmark>', "a bookmark of D1's, in place as well")
    .option('--export <id>', 'an export, into a new stack that then takes the place of the present one')
    .addHelpText(
      'after',
      examples(
        'freehold accounts restore hart --to 2026-11-20T09:30:00Z',
        'freehold accounts restore hart --export <id>',
      ),
    )
    .action((account: string, options: RestoreOptions) => {
      const { action, body } = orderOf(options);
      return begin(options, 'POST', account, action, body);
    });
}

function orderOf({ to, bookmark, export: exportId }: RestoreOptions): { action: string; body: object } {
  if ([to, bookmark, exportId].filter((given) => given !== undefined).length !== 1) {
    throw usage('Say what to restore: --to, --bookmark or --export, one of them.');
  }
  if (exportId !== undefined) return { action: 'restore-export', body: { export_id: exportId } };
  if (bookmark !== undefined) return { action: 'restore', body: { bookmark } };
  const timestamp = Date.parse(to ?? '');
  if (Number.isNaN(timestamp)) throw usage(`This is not a time: ${to}. Write it as 2026-11-20T09:30:00Z.`);
  return { action: 'restore', body: { timestamp } };
}

function usage(message: string): CliError {
  return new CliError({ code: 'USAGE', message, next: 'freehold accounts restore --help' });
}
