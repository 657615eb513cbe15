import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import type { Account } from '#shared-schema/accounts/account.ts';
import { connect } from '../connect.ts';
import { readPassword } from '../input/read-password.ts';
import { printJson, printRecord } from '../output/print.ts';
import { watchOperation } from '../watch-operation.ts';
import { cloneCommand } from './account-clone.ts';
import { deleteCommand, purgeCommand, undeleteCommand } from './account-deletion.ts';
import { exportCommand, exportsCommand } from './account-exports.ts';
import { addHostnameCommand, hostnamesCommand, removeHostnameCommand } from './account-hostnames.ts';
import {
  type Begun,
  changeSlugCommand,
  printBegun,
  resumeCommand,
  suspendCommand,
} from './account-lifecycle.ts';
import { restoreCommand } from './account-restore.ts';
import { tagCommand } from './account-tags.ts';
import { examples } from './examples.ts';
import { type ListOptions, showList, withListOptions } from './list-options.ts';

const COLUMNS = ['slug', 'status', 'name', 'release', 'schema_version', 'residency', 'created_at', 'id'];

export function accountsCommands(): Command {
  return new Command('accounts')
    .description('the customers of the platform')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(getCommand())
    .addCommand(suspendCommand())
    .addCommand(resumeCommand())
    .addCommand(changeSlugCommand())
    .addCommand(tagCommand())
    .addCommand(addHostnameCommand())
    .addCommand(hostnamesCommand())
    .addCommand(removeHostnameCommand())
    .addCommand(exportCommand())
    .addCommand(exportsCommand())
    .addCommand(restoreCommand())
    .addCommand(cloneCommand())
    .addCommand(deleteCommand())
    .addCommand(undeleteCommand())
    .addCommand(purgeCommand());
}

interface CreateOptions {
  readonly name: string;
  readonly slug: string;
  readonly ownerName: string;
  readonly ownerEmail: string;
  readonly residency?: string;
  readonly wait: boolean;
  readonly json?: boolean;
}

function createCommand(): Command {
  return new Command('create')
    .description('make an account: its own database, its own Worker, its first user')
    .requiredOption('--name <name>', "the firm's name")
    .requiredOption('--slug <slug>', 'its name in addresses: 3 to 40 of a-z 0-9 -')
    .requiredOption('--owner-name <name>', "the first user's name")
    .requiredOption('--owner-email <email>', "the first user's e-mail address")
    .option('--residency <region>', 'where its data lies (default: eu)')
    .option('--no-wait', 'return as soon as the signup is accepted')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nThe password is read from FREEHOLD_OWNER_PASSWORD, from a pipe, or asked for.')
    .addHelpText(
      'after',
      examples(
        'freehold accounts create --name "Hart & Co" --slug hart \\\n  --owner-name "Ann Hart" --owner-email ann@hart.example',
      ),
    )
    .action(async (options: CreateOptions) => {
      const { name, slug, ownerName, ownerEmail, residency } = options;
      const platform = connect();
      const password = await readPassword('FREEHOLD_OWNER_PASSWORD', "The first user's password: ");
      const owner = { name: ownerName, email: ownerEmail, password };
      const accepted = await platform.post<Begun>(
        '/accounts',
        { name, slug, owner, ...(residency && { residency }) },
        { 'idempotency-key': randomUUID() },
      );
      if (!options.wait) return printBegun(accepted, options);
      const operation = await watchOperation(platform, accepted.operation.id, options);
      const account = await platform.get<Account>(`/admin/accounts/${accepted.account.id}`);
      if (options.json) printJson({ account, operation });
      else printRecord(account, options);
    });
}

function listCommand(): Command {
  return withListOptions(new Command('list').description('list accounts'))
    .addHelpText(
      'after',
      examples(
        'freehold accounts list --filter status=failed --sort -created_at',
        'freehold accounts list --filter status=provisioning --watch',
      ),
    )
    .action((options: ListOptions) => showList('/admin/accounts', COLUMNS, options));
}

function getCommand(): Command {
  return new Command('get')
    .description('show one account')
    .argument('<slug-or-id>')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('freehold accounts get hart'))
    .action(async (slugOrId: string, options: { json?: boolean }) => {
      printRecord(await connect().get<Account>(`/admin/accounts/${encodeURIComponent(slugOrId)}`), options);
    });
}
