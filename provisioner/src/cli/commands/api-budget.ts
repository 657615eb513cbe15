import { Command } from 'commander';
import type { ApiBudgetReport } from '#shared-schema/api-budget/api-budget.ts';
import { connect } from '../connect.ts';
import { printPage, printRecord } from '../output/print.ts';

export function apiBudgetCommands(): Command {
  return new Command('api-budget').description("Cloudflare's quota of API calls").addCommand(getCommand());
}

function getCommand(): Command {
  return new Command('get')
    .description('show what is used of the quota, what each lane may still take, and who waits')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const budget = await connect().get<ApiBudgetReport>('/admin/api-budget');
      if (options.json) return printRecord(budget, options);
      const { lanes, ...rest } = budget;
      printRecord(rest, options);
      printPage(
        { data: lanes, next_cursor: null },
        ['lane', 'used_last_5_minutes', 'remaining', 'waiting'],
        {},
      );
    });
}
