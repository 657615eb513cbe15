import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import type { CustomHostname, CustomHostnames } from '#shared-schema/hostnames/hostname.ts';
import { connect } from '../connect.ts';
import { pageLines, printLines, printRecord } from '../output/print.ts';
import { type ShowOptions, show, withShowOptions } from '../watch/show.ts';
import { watchOperation } from '../watch-operation.ts';
import {
  type Begun,
  begin,
  type LifecycleOptions,
  lifecycleCommand,
  printBegun,
} from './account-lifecycle.ts';
import { examples } from './examples.ts';

const COLUMNS = ['hostname', 'status', 'url', 'created_at', 'updated_at'];
const RECORD_COLUMNS = ['type', 'name', 'value'];

export function addHostnameCommand(): Command {
  return lifecycleCommand('add-hostname', 'give an account a host name of its own')
    .argument('<hostname>')
    .addHelpText(
      'after',
      '\nPrints the records that the owner of the name sets in its DNS. It is served once\nCloudflare has verified it.',
    )
    .addHelpText('after', examples('freehold accounts add-hostname hart app.hart-law.co.uk'))
    .action(async (account: string, hostname: string, options: LifecycleOptions) => {
      const platform = connect();
      const path = pathOf(account);
      const begun = await platform.post<Begun>(path, { hostname }, { 'idempotency-key': randomUUID() });
      if (!options.wait) return printBegun(begun, options);
      await watchOperation(platform, begun.operation.id, options);
      const { data } = await platform.get<CustomHostnames>(pathOf(begun.account.id));
      const added = data.find((one) => one.hostname === hostname.toLowerCase());
      if (added) printHostname(added, options);
    });
}

export function hostnamesCommand(): Command {
  const command = new Command('hostnames').description('list the host names of an account');
  return withShowOptions(command)
    .argument('<slug-or-id>')
    .addHelpText(
      'after',
      '\n--json says too what the owner of each name has to set up, and what Cloudflare\nmisses.',
    )
    .addHelpText('after', examples('freehold accounts hostnames hart --watch'))
    .action(async (account: string, options: ShowOptions) => {
      const platform = connect();
      const read = () => platform.get<CustomHostnames>(pathOf(account));
      await show({ read, lines: (page) => pageLines(page, COLUMNS) }, options);
    });
}

export function removeHostnameCommand(): Command {
  return lifecycleCommand('remove-hostname', 'take a host name from an account')
    .argument('<hostname>')
    .addHelpText('after', examples('freehold accounts remove-hostname hart app.hart-law.co.uk'))
    .action((account: string, hostname: string, options: LifecycleOptions) =>
      begin(options, 'DELETE', account, `hostnames/${encodeURIComponent(hostname)}`, {}),
    );
}

function printHostname(hostname: CustomHostname, options: LifecycleOptions): void {
  const { setup, ...shown } = hostname;
  printRecord(options.json ? hostname : shown, options);
  if (!setup || options.json) return;
  console.log('\nThe owner of the name sets these records in its DNS:');
  // Whole at any width: they are copied.
  printLines(pageLines({ data: setup.records, next_cursor: null }, RECORD_COLUMNS, Number.POSITIVE_INFINITY));
}

function pathOf(account: string): string {
  return `/admin/accounts/${encodeURIComponent(account)}/hostnames`;
}
