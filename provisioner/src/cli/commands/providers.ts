import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import type { Provider } from '#shared-schema/providers/provider.ts';
import { connect } from '../connect.ts';
import { printRecord } from '../output/print.ts';
import { examples } from './examples.ts';
import { type ListOptions, showList, withListOptions } from './list-options.ts';

const COLUMNS = ['name', 'status', 'services', 'website', 'email', 'phone', 'id'];

export function providersCommands(): Command {
  return new Command('providers')
    .description('the marketplace directory')
    .addCommand(listCommand())
    .addCommand(addCommand());
}

function listCommand(): Command {
  return withListOptions(new Command('list').description('list providers, hidden ones too'))
    .addHelpText('after', examples('freehold providers list --sort name'))
    .action((options: ListOptions) => showList('/admin/providers', COLUMNS, options));
}

interface AddOptions {
  readonly name: string;
  readonly service?: readonly string[];
  readonly description?: string;
  readonly website?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly hidden?: boolean;
  readonly json?: boolean;
}

function addCommand(): Command {
  return new Command('add')
    .description('add a provider')
    .requiredOption('--name <name>', "the firm's name, once in the directory")
    .option('--service <service...>', 'what it does, in single words: conveyancing payroll')
    .option('--description <text>')
    .option('--website <url>')
    .option('--email <email>')
    .option('--phone <number>')
    .option('--hidden', 'do not show it to the public yet')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples('freehold providers add --name "Hart Conveyancing" \\\n  --service conveyancing probate'),
    )
    .action(async ({ service, hidden, json, ...fields }: AddOptions) => {
      const provider = await connect().post<Provider>(
        '/admin/providers',
        { ...fields, ...(service && { services: service }), ...(hidden && { status: 'hidden' }) },
        { 'idempotency-key': randomUUID() },
      );
      printRecord(provider, { ...(json && { json }) });
    });
}
