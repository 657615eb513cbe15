import * as z from 'zod';
import {
  type Account,
  accountSchema,
  accountStatusSchema,
  residencySchema,
} from '#shared-schema/accounts/account.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { choicesOf } from '#shared-schema/lists/choices.ts';
import type { ListDefinition } from '#shared-schema/lists/list-definition.ts';
import type { Platform } from '../platform.ts';
import { type AccountUrlOptions, accountUrl } from '../routing/account-address.ts';

/** The JSON document of an account in the registry. */
export const accountBodySchema = z.strictObject({
  slug: z.string(),
  name: z.string(),
  status: accountStatusSchema,
  residency: residencySchema,
  /** There from the order to delete until the account is buried or brought back. */
  deletion: z.strictObject({ was: accountStatusSchema, purge_after: z.int().nullable() }).optional(),
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
  choices: choicesOf(accountSchema.shape),
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
    ...{ release, schema_version, purge_after: body.deletion?.purge_after ?? null, created_at, updated_at },
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The account of this id or slug. A deleted one is found by its id only. Error: `ACCOUNT_NOT_FOUND`. */
export async function requireAccount(platform: Platform, idOrSlug: string): Promise<Account> {
  const where = UUID.test(idOrSlug) ? 'id = ?' : `slug = ? AND status <> 'deleted'`;
  const row = await platform.env.REGISTRY.prepare(
    `SELECT ${ACCOUNT_LIST.columns.join(', ')} FROM accounts WHERE ${where}`,
  )
    .bind(idOrSlug)
    .first();
  if (row === null) throw new PlatformError('ACCOUNT_NOT_FOUND');
  return toAccount(accountRowSchema.parse(row), platform.accountUrls);
}
