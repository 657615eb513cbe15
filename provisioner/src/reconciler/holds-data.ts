import * as z from 'zod';
import { stackResourceName } from '#shared-schema/stacks/stack.ts';
import { ABANDONED } from '../registry/surveyed-stacks.ts';
import type { SurveyedCloud } from './survey-ports.ts';

const namesSchema = z.array(z.object({ name: z.string() }));
const identitySchema = z.tuple([z.object({ stack_id: z.string(), account_id: z.string().nullable() })]);

/** Tables that SQLite and D1 keep for themselves. */
const OF_NOBODY = /^(sqlite_|_cf_)/;

/**
 * Whether a database may hold what somebody wants back. It holds nothing where it has no table, or says itself that it is
 * the stack's and that no account ever had it; and nothing that may be kept where the registry has buried that account.
 * All else may be the only copy of something: a registry that was set back does not know the accounts that came after.
 */
export async function holdsData(
  registry: D1Database,
  cloudflare: Pick<SurveyedCloud, 'getDatabase' | 'queryDatabase'>,
  databaseId: string,
  stackId: string,
): Promise<boolean> {
  const database = await cloudflare.getDatabase(databaseId);
  if (database === null) return false;
  if (database.name !== stackResourceName(stackId)) return true;
  const [tables] = await cloudflare.queryDatabase(databaseId, [
    `SELECT name FROM sqlite_master WHERE type IN ('table', 'view')`,
  ]);
  const names = namesSchema.parse(tables).map(({ name }) => name);
  if (names.every((name) => OF_NOBODY.test(name))) return false;
  if (!names.includes('stack_identity')) return true;
  const [rows] = await cloudflare.queryDatabase(databaseId, [
    'SELECT stack_id, account_id FROM stack_identity',
  ]);
  const identity = identitySchema.safeParse(rows);
  if (!identity.success || identity.data[0].stack_id !== stackId) return true;
  const { account_id: accountId } = identity.data[0];
  return accountId !== null && !(await isBuried(registry, stackId, accountId));
}

/** Whether the registry says that the stack was the account's and that the account is purged. */
async function isBuried(registry: D1Database, stackId: string, accountId: string): Promise<boolean> {
  const row = await registry
    .prepare(
      `SELECT 1 AS buried FROM stacks JOIN accounts ON accounts.id = stacks.account_id
       WHERE stacks.id = ? AND accounts.id = ? AND accounts.status = 'deleted' AND ${ABANDONED}`,
    )
    .bind(stackId, accountId)
    .first();
  return row !== null;
}
