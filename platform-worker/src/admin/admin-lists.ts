import * as z from 'zod';
import { type Account, accountSchema } from '#shared-schema/accounts/account.ts';
import { choicesOf } from '#shared-schema/lists/choices.ts';
import { type Release, releaseSchema } from '#shared-schema/releases/release.ts';
import { type Stack, stackSchema } from '#shared-schema/stacks/stack.ts';
import { ACCOUNT_LIST, type AccountRow, accountRowSchema, toAccount } from '../accounts/account-rows.ts';
import type { RegistryList } from '../http/list-rows.ts';
import type { AccountUrlOptions } from '../routing/account-address.ts';

export function accountList(urls: AccountUrlOptions): RegistryList<AccountRow, Account> {
  return {
    definition: { ...ACCOUNT_LIST, fields: Object.keys(accountSchema.shape) },
    rowSchema: accountRowSchema,
    toItem: (row) => toAccount(row, urls),
  };
}

export const STACK_LIST: RegistryList<Stack, Stack> = {
  definition: {
    table: 'stacks',
    columns: Object.keys(stackSchema.shape),
    where: '1',
    indexed: { account_id: 'text', status: 'text', release_id: 'text', created_at: 'integer' },
    choices: choicesOf(stackSchema.shape),
    fields: Object.keys(stackSchema.shape),
  },
  rowSchema: stackSchema,
  toItem: (row) => row,
};

export const RELEASE_LIST: RegistryList<Release, Release> = {
  definition: {
    table: 'releases',
    columns: Object.keys(releaseSchema.shape),
    where: '1',
    indexed: { created_at: 'integer', current_since: 'integer' },
    choices: choicesOf(releaseSchema.shape),
    fields: Object.keys(releaseSchema.shape),
  },
  rowSchema: releaseSchema,
  toItem: (row) => row,
};

const jsonColumn = z
  .string()
  .nullable()
  .transform((text): unknown => (text === null ? null : JSON.parse(text)));

export const eventSchema = z.object({
  id: z.string(),
  at: z.int(),
  actor: z.string(),
  action: z.string(),
  target_kind: z.string(),
  target_id: z.string(),
  request_id: z.string().nullable(),
  before: jsonColumn,
  after: jsonColumn,
});

/** The audit trail of the registry. */
export const EVENT_LIST: RegistryList<z.infer<typeof eventSchema>, z.infer<typeof eventSchema>> = {
  definition: {
    table: 'events',
    columns: Object.keys(eventSchema.shape),
    where: '1',
    indexed: { at: 'integer', action: 'text', target_id: 'text' },
    choices: choicesOf(eventSchema.shape),
    fields: Object.keys(eventSchema.shape),
  },
  rowSchema: eventSchema,
  toItem: (row) => row,
};
