import * as z from 'zod';
import {
  type Account,
  accountSchema,
  accountStatusSchema,
  residencySchema,
} from '#shared-schema/accounts/account.ts';
import type { ListDefinition } from '#shared-schema/lists/list-definition.ts';
import { type AccountUrlOptions, accountUrl } from '../routing/account-address.ts';

/** The JSON document of an account in the registry. */
export const accountBodySchema = z.strictObject({
  slug: z.string(),
  name: z.string(),
  status: accountStatusSchema,
  residency: residencySchema,
});
export type AccountBody = z.infer<typeof accountBodySchema>;

const SERVING_STACK = `FROM stacks WHERE stacks.account_id = accounts.id AND stacks.status = 'serving'`;

export const ACCOUNT_LIST: ListDefinition = {
  table: 'accounts',
  columns: [
    ...['id', 'body', 'slug', 'status', 'created_at', 'updated_at'],
    `(SELECT observed_release_id ${SERVING_STACK}) AS release`,
    `(SELECT observed_schema_version ${SERVING_STACK}) AS schema_version`,
  ],
  where: '1',
  indexed: { slug: 'text', status: 'text', created_at: 'integer' },
  fields: Object.keys(accountSchema.shape),
};

export const accountRowSchema = z.object({
  id: z.string(),
  body: z.string().transform((text) => accountBodySchema.parse(JSON.parse(text))),
  release: z.string().nullable(),
  schema_version: z.int().nullable(),
  created_at: z.int(),
  updated_at: z.int(),
});
export type AccountRow = z.infer<typeof accountRowSchema>;

export function toAccount(row: AccountRow, urls: AccountUrlOptions): Account {
  const { id, body, release, schema_version, created_at, updated_at } = row;
  return {
    ...{ id, slug: body.slug, name: body.name, status: body.status, residency: body.residency },
    url: accountUrl(body.slug, urls),
    ...{ release, schema_version, created_at, updated_at },
  };
}

/** The account of this id or slug, or null. */
export async function findAccount(
  registry: D1Database,
  by: 'id' | 'slug',
  value: string,
  urls: AccountUrlOptions,
): Promise<Account | null> {
  const row = await registry
    .prepare(`SELECT ${ACCOUNT_LIST.columns.join(', ')} FROM accounts WHERE ${by} = ?`)
    .bind(value)
    .first();
  return row === null ? null : toAccount(accountRowSchema.parse(row), urls);
}
