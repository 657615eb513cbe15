import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import type { Account } from '#shared-schema/accounts/account.ts';
import type { Operation } from '#shared-schema/operations/operation.ts';
import { connect } from '../connect.ts';
import { printJson, printRecord } from '../output/print.ts';
import { watchOperation } from '../watch-operation.ts';
import { examples } from './examples.ts';

export function suspendCommand(): Command {
  return lifecycleCommand('suspend', 'serve nobody of an account, until it is resumed')
    .addHelpText('after', examples('freehold accounts suspend hart'))
    .action((account: string, options: LifecycleOptions) => begin(options, 'POST', account, 'suspend', {}));
}

export function resumeCommand(): Command {
  return lifecycleCommand('resume', 'serve a suspended account again')
    .addHelpText('after', examples('freehold accounts resume hart'))
    .action((account: string, options: LifecycleOptions) => begin(options, 'POST', account, 'resume', {}));
}

export function changeSlugCommand(): Command {
  return lifecycleCommand('change-slug', 'give an account another address')
    .argument('<new-slug>')
    .addHelpText('after', examples('freehold accounts change-slug hart hart-and-stone'))
    .action((account: string, slug: string, options: LifecycleOptions) =>
      begin(options, 'PUT', account, 'slug', { slug }),
    );
}

export interface LifecycleOptions {
  readonly wait: boolean;
  readonly json?: boolean;
}

export function lifecycleCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<slug-or-id>')
    .option('--no-wait', 'return as soon as the operation has begun')
    .option('--json', 'print JSON');
}

export interface Begun {
  readonly account: Account;
  readonly operation: Operation;
}

/** Prints what was begun and is not waited for, and says how to follow it. */
export function printBegun(begun: Begun, { json }: LifecycleOptions): void {
  if (json) {
    printJson(begun);
    return;
  }
  printRecord(begun.account, {});
  console.log(`\nFollow it: freehold operations watch ${begun.operation.id}`);
}

/**
 * Begins the operation, and follows it to its end where that is wanted. Gives what is so then, and prints it. `action` is what
 * follows the account in the path.
 */
export async function begin(
  options: LifecycleOptions,
  method: 'POST' | 'PUT' | 'DELETE',
  account: string,
  action: string,
  body: unknown,
): Promise<void> {
  const platform = connect();
  const path = `/admin/accounts/${encodeURIComponent(account)}${action && `/${action}`}`;
  const begun = await platform.send<Begun>(method, path, body, { 'idempotency-key': randomUUID() });
  if (!options.wait) return printBegun(begun, options);
  const operation = await watchOperation(platform, begun.operation.id, options);
  const now = await platform.get<Account>(`/admin/accounts/${begun.account.id}`);
  if (options.json) printJson({ account: now, operation });
  else printRecord(now, options);
}
