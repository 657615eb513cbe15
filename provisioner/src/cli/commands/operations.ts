import { Command } from 'commander';
import type { Operation } from '#shared-schema/operations/operation.ts';
import { connect } from '../connect.ts';
import { operationLines } from '../output/operation-lines.ts';
import { printJson, printLines, printRecord } from '../output/print.ts';
import { watchOperation } from '../watch-operation.ts';
import { examples } from './examples.ts';
import { type ListOptions, showList, withListOptions } from './list-options.ts';

const COLUMNS = ['id', 'kind', 'status', 'error', 'created_at', 'account_id', 'finished_at'];

export function operationsCommands(): Command {
  return new Command('operations')
    .description('durable pieces of work on accounts')
    .addCommand(listCommand())
    .addCommand(getCommand())
    .addCommand(watchCommand())
    .addCommand(retryCommand());
}

function listCommand(): Command {
  const command = new Command('list').description('list operations, the newest first');
  return withListOptions(command, { sort: '-created_at' })
    .addHelpText(
      'after',
      examples(
        'freehold operations list --filter status=failed',
        'freehold operations list --filter status=running --watch',
      ),
    )
    .action((options: ListOptions) => showList('/admin/operations', COLUMNS, options));
}

function getCommand(): Command {
  return new Command('get')
    .description('show one operation and its steps')
    .argument('<id>')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('freehold operations get <id>'))
    .action(async (id: string, options: { json?: boolean }) => {
      const operation = await connect().get<Operation>(`/admin/operations/${encodeURIComponent(id)}`);
      if (options.json) printJson(operation);
      else printLines(operationLines(operation));
    });
}

function watchCommand(): Command {
  return new Command('watch')
    .description('follow an operation to its end')
    .argument('<id>')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('freehold operations watch <id>'))
    .action(async (id: string, options: { json?: boolean }) => {
      const { steps, ...operation } = await watchOperation(connect(), id, options);
      printRecord(options.json ? { ...operation, steps } : operation, options);
    });
}

function retryCommand(): Command {
  return new Command('retry')
    .description('try a failed operation again, from the step that failed')
    .argument('<id>')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('freehold operations retry <id>'))
    .action(async (id: string, options: { json?: boolean }) => {
      const platform = connect();
      await platform.post<Operation>(`/admin/operations/${encodeURIComponent(id)}/retry`, {});
      const { steps, ...operation } = await watchOperation(platform, id, options);
      printRecord(options.json ? { ...operation, steps } : operation, options);
    });
}
