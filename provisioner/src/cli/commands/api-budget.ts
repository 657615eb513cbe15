import { Command } from 'commander';
import type { ApiBudgetReport } from '#shared-schema/api-budget/api-budget.ts';
import { connect } from '../connect.ts';
import { pageLines, recordLines } from '../output/print.ts';
import { type ShowOptions, show, withShowOptions } from '../watch/show.ts';
import { examples } from './examples.ts';

export function apiBudgetCommands(): Command {
  return new Command('api-budget').description("Cloudflare's quota of API calls").addCommand(getCommand());
}

function getCommand(): Command {
  const command = new Command('get').description(
    'show what is used of the quota, what each lane may still take, and who waits',
  );
  return withShowOptions(command)
    .addHelpText('after', examples('freehold api-budget get --watch'))
    .action(async (options: ShowOptions) => {
      const platform = connect();
      const read = () => platform.get<ApiBudgetReport>('/admin/api-budget');
      await show({ read, lines: budgetLines }, options);
    });
}

function budgetLines({ lanes, ...rest }: ApiBudgetReport): string[] {
  const columns = ['lane', 'used_last_5_minutes', 'remaining', 'waiting'];
  return [...recordLines(rest), '', ...pageLines({ data: lanes, next_cursor: null }, columns)];
}
