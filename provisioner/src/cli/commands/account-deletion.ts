import { type Command, InvalidArgumentError } from 'commander';
import type { Account } from '#shared-schema/accounts/account.ts';
import { DEFAULT_GRACE_DAYS, deletionOrderSchema, MAX_GRACE_DAYS } from '#shared-schema/accounts/deletion.ts';
import { connect } from '../connect.ts';
import { confirmByTyping } from '../input/confirm-by-typing.ts';
import { begin, type LifecycleOptions, lifecycleCommand } from './account-lifecycle.ts';
import { examples } from './examples.ts';

interface ConfirmedOptions extends LifecycleOptions {
  readonly yes?: boolean;
}

export function deleteCommand(): Command {
  return confirmedCommand('delete', 'serve nobody of an account any more, and destroy it after days of grace')
    .option(
      '--grace-days <days>',
      `how long it can be brought back: 0 to ${MAX_GRACE_DAYS}`,
      graceDays,
      DEFAULT_GRACE_DAYS,
    )
    .addHelpText('after', examples('freehold accounts delete hart --grace-days 90'))
    .action(async (account: string, options: ConfirmedOptions & { readonly graceDays: number }) => {
      const id = await confirmed(account, options);
      await begin(options, 'DELETE', id, '', { grace_days: options.graceDays });
    });
}

export function undeleteCommand(): Command {
  return lifecycleCommand('undelete', 'bring a deleted account back')
    .addHelpText('after', examples('freehold accounts undelete hart'))
    .action((account: string, options: LifecycleOptions) => begin(options, 'POST', account, 'undelete', {}));
}

export function purgeCommand(): Command {
  return confirmedCommand('purge', 'destroy for good what a deleted account had, once its grace is over')
    .addHelpText('after', examples('freehold accounts purge hart'))
    .action(async (account: string, options: ConfirmedOptions) => {
      const id = await confirmed(account, options);
      await begin(options, 'POST', id, 'purge', {});
    });
}

function confirmedCommand(name: string, description: string): Command {
  return lifecycleCommand(name, description).option('--yes', 'do not ask for the slug again');
}

/** The account that was confirmed, by its id: its slug could become another's meanwhile. */
async function confirmed(slugOrId: string, { yes }: ConfirmedOptions): Promise<string> {
  const account = await connect().get<Account>(`/admin/accounts/${encodeURIComponent(slugOrId)}`);
  if (!yes) await confirmByTyping({ name: 'slug', word: account.slug });
  return account.id;
}

function graceDays(text: string): number {
  const days = deletionOrderSchema.shape.grace_days.safeParse(/^\d+$/.test(text) ? Number(text) : text);
  if (days.success) return days.data;
  throw new InvalidArgumentError(`It is a whole number from 0 to ${MAX_GRACE_DAYS}.`);
}
