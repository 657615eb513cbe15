import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import type { CustomHostname, CustomHostnames } from '#shared-schema/hostnames/hostname.ts';
import { connect } from '../connect.ts';
import { printJson, printPage, printRecord } from '../output/print.ts';
import { watchOperation } from '../watch-operation.ts';
import { type Begun, begin, type LifecycleOptions, lifecycleCommand } from './account-lifecycle.ts';

const COLUMNS = ['hostname', 'status', 'url', 'created_at', 'updated_at'];
const RECORD_COLUMNS = ['type', 'name', 'value'];

export function addHostnameCommand(): Command {
  return lifecycleCommand('add-hostname', 'give an account a host name of its own')
    .argument('<hostname>')
    .addHelpText(
      'after',
      '\nExample:\n  freehold accounts add-hostname hart app.hart-law.co.uk\n\nPrints the records that the owner of the name sets in its DNS. It is served once Cloudflare has verified it.',
    )
    .action(async (account: string, hostname: string, options: LifecycleOptions) => {
      const platform = connect();
      const path = pathOf(account);
      const begun = await platform.post<Begun>(path, { hostname }, { 'idempotency-key': randomUUID() });
      if (!options.wait) return options.json ? printJson(begun) : printRecord(begun.operation, options);
      await watchOperation(platform, begun.operation.id, options);
      const { data } = await platform.get<CustomHostnames>(pathOf(begun.account.id));
      const added = data.find((one) => one.hostname === hostname.toLowerCase());
      if (added) printHostname(added, options);
    });
}

export function hostnamesCommand(): Command {
  return new Command('hostnames')
    .description('list the host names of an account')
    .argument('<slug-or-id>')
    .option('--json', 'print JSON, with what the owners have to set up')
    .action(async (account: string, options: { json?: boolean }) => {
      printPage(await connect().get<CustomHostnames>(pathOf(account)), COLUMNS, options);
    });
}

export function removeHostnameCommand(): Command {
  return lifecycleCommand('remove-hostname', 'take a host name from an account')
    .argument('<hostname>')
    .action((account: string, hostname: string, options: LifecycleOptions) =>
      begin(options, 'DELETE', account, `hostnames/${encodeURIComponent(hostname)}`, {}),
    );
}

function printHostname(hostname: CustomHostname, options: LifecycleOptions): void {
  const { setup, ...shown } = hostname;
  printRecord(options.json ? hostname : shown, options);
  if (setup && !options.json) printPage({ data: setup.records, next_cursor: null }, RECORD_COLUMNS, options);
}

function pathOf(account: string): string {
  return `/admin/accounts/${encodeURIComponent(account)}/hostnames`;
}
