import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import type { Account } from '#shared-schema/accounts/account.ts';
import type { Export } from '#shared-schema/exports/export.ts';
import { CliError } from '../cli-error.ts';
import { connect } from '../connect.ts';
import { createFile, requireNewFile } from '../output/new-file.ts';
import { printRecord } from '../output/print.ts';
import type { PlatformClient } from '../platform-client.ts';
import { watchOperation } from '../watch-operation.ts';
import { type Begun, type LifecycleOptions, printBegun } from './account-lifecycle.ts';
import { examples } from './examples.ts';
import { type ListOptions, showList, withListOptions } from './list-options.ts';

const COLUMNS = ['id', 'status', 'size_bytes', 'created_at', 'verified_at', 'sha256'];

interface ExportOptions extends LifecycleOptions {
  readonly output?: string;
}

export function exportCommand(): Command {
  return new Command('export')
    .description("write an account's database into an SQL file, and prove that it restores")
    .argument('<slug-or-id>')
    .option('--output <file>', 'download the file too, once it is proven')
    .option('--no-wait', 'return as soon as the operation has begun')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nThe file holds everything of the account, password hashes too: keep it as you\nkeep the database.',
    )
    .addHelpText('after', examples('freehold accounts export hart --output hart.sql'))
    .action(async (slugOrId: string, options: ExportOptions) => {
      const platform = connect();
      const path = `/admin/accounts/${encodeURIComponent(slugOrId)}/export`;
      if (options.output !== undefined && !options.wait) {
        throw new CliError({
          code: 'USAGE',
          message: 'The file is there once the export has ended: --output and --no-wait exclude each other.',
          next: 'freehold accounts export --help',
        });
      }
      if (options.output !== undefined) await requireNewFile(options.output);
      const begun = await platform.post<Begun>(path, {}, { 'idempotency-key': randomUUID() });
      if (!options.wait) return printBegun(begun, options);
      const operation = await watchOperation(platform, begun.operation.id, options);
      const made = await platform.get<Export>(`/admin/exports/${operation.id}`);
      if (options.output !== undefined) await download(platform, made, options.output);
      printRecord(made, options);
    });
}

export function exportsCommand(): Command {
  const command = new Command('exports').description('list the exports of an account');
  return withListOptions(command, { sort: '-created_at' })
    .argument('<slug-or-id>')
    .addHelpText('after', examples('freehold accounts exports hart --filter status=verified'))
    .action(async (slugOrId: string, options: ListOptions) => {
      const { id } = await connect().get<Account>(`/admin/accounts/${encodeURIComponent(slugOrId)}`);
      const filter = [...(options.filter ?? []), `account_id=${id}`];
      await showList('/admin/exports', COLUMNS, { ...options, filter });
    });
}

async function download(platform: PlatformClient, { id }: Export, path: string): Promise<void> {
  const file = await createFile(path);
  try {
    await file.writeFile(await platform.download(`/admin/exports/${id}/file`));
  } finally {
    await file.close();
  }
}
