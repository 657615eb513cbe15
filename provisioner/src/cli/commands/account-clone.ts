import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { connect } from '../connect.ts';
import type { PlatformClient } from '../platform-client.ts';
import { watchOperation } from '../watch-operation.ts';
import { type Begun, begin, type LifecycleOptions, lifecycleCommand } from './account-lifecycle.ts';
import { examples } from './examples.ts';

interface CloneOptions extends LifecycleOptions {
  readonly name: string;
  readonly slug: string;
  readonly export?: string;
}

export function cloneCommand(): Command {
  return lifecycleCommand('clone', 'make a new account from a copy of one')
    .requiredOption('--name <name>', "the new account's name")
    .requiredOption('--slug <slug>', 'its name in addresses: 3 to 40 of a-z 0-9 -')
    .option('--export <id>', 'a verified export of the account (default: a new one, made and proven first)')
    .addHelpText(
      'after',
      '\nPeople log in to the clone with the passwords they have. Nobody is logged in,\nand no link or address of a file comes along.',
    )
    .addHelpText(
      'after',
      examples('freehold accounts clone hart --name "Hart (training)" --slug hart-training'),
    )
    .action(async (account: string, options: CloneOptions) => {
      const export_id = options.export ?? (await exportNow(connect(), account, options));
      const { name, slug } = options;
      await begin(options, 'POST', account, 'clones', { name, slug, export_id });
    });
}

async function exportNow(platform: PlatformClient, account: string, options: CloneOptions): Promise<string> {
  const path = `/admin/accounts/${encodeURIComponent(account)}/export`;
  const { operation } = await platform.post<Begun>(path, {}, { 'idempotency-key': randomUUID() });
  await watchOperation(platform, operation.id, options);
  // Where the clone is refused, it need not be made again.
  if (!options.json) process.stderr.write(`  made of the export ${operation.id}\n`);
  return operation.id;
}
