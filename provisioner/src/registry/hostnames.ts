import * as z from 'zod';
import { hostnameSetupSchema, hostnameStatusSchema } from '#shared-schema/hostnames/hostname.ts';
import type { HostnameChange } from '../operations/operation-step.ts';
import type { SqlCondition } from './events.ts';

const hostnameRowSchema = z.object({
  hostname: z.string(),
  account_id: z.string(),
  status: hostnameStatusSchema,
  custom_hostname_id: z.string().nullable(),
  setup: z
    .string()
    .nullable()
    .transform((text) => (text === null ? null : hostnameSetupSchema.parse(JSON.parse(text)))),
  created_at: z.int(),
  updated_at: z.int(),
});
export type HostnameRow = z.infer<typeof hostnameRowSchema>;

export const HOSTNAME_COLUMNS = Object.keys(hostnameRowSchema.shape).join(', ');

export function toHostnameRow(row: unknown): HostnameRow {
  return hostnameRowSchema.parse(row);
}

/** The hostnames of an account, in the order of their names. */
export async function hostnamesOf(registry: D1Database, accountId: string): Promise<HostnameRow[]> {
  const { results } = await registry
    .prepare(`SELECT ${HOSTNAME_COLUMNS} FROM hostnames WHERE account_id = ? ORDER BY hostname`)
    .bind(accountId)
    .all();
  return results.map(toHostnameRow);
}

/** Holds where no account has the hostname: nor one that gives it up, while an isolate might still lead there. */
export function hostnameIsFree(hostname: string): SqlCondition {
  return { sql: 'NOT EXISTS (SELECT 1 FROM hostnames WHERE hostname = ?)', params: [hostname] };
}

/** Holds where the account has the hostname, also where its removal has begun. */
export function hasHostname(hostname: string, accountId: string): SqlCondition {
  return {
    sql: 'EXISTS (SELECT 1 FROM hostnames WHERE hostname = ? AND account_id = ?)',
    params: [hostname, accountId],
  };
}

export interface HostnameOrder {
  readonly hostname: string;
  readonly accountId: string;
  readonly now: number;
}

/** Gives the account the hostname, to be verified. */
export function giveHostname(
  registry: D1Database,
  { hostname, accountId, now }: HostnameOrder,
  condition: SqlCondition,
): D1PreparedStatement {
  return registry
    .prepare(
      `INSERT INTO hostnames (hostname, account_id, status, look_at, created_at, updated_at)
       SELECT ?, ?, 'pending', ?, ?, ? WHERE ${condition.sql}`,
    )
    .bind(hostname, accountId, now, now, now, ...condition.params);
}

/** From this write on the hostname leads nowhere; it is still kept from others. */
export function denyHostname(
  registry: D1Database,
  { hostname, accountId, now }: HostnameOrder,
  condition: SqlCondition,
): D1PreparedStatement {
  return registry
    .prepare(
      `UPDATE hostnames SET status = 'removing', setup = NULL, updated_at = ?
       WHERE hostname = ? AND account_id = ? AND ${condition.sql}`,
    )
    .bind(now, hostname, accountId, ...condition.params);
}

export interface HostnameChangeOptions {
  readonly accountId: string;
  readonly change: HostnameChange;
  readonly now: number;
}

/** Writes what became of a hostname of the account, where the condition holds. */
export function changeHostname(
  registry: D1Database,
  { accountId, change, now }: HostnameChangeOptions,
  condition: SqlCondition,
): D1PreparedStatement {
  const where = `WHERE hostname = ? AND account_id = ? AND ${condition.sql}`;
  const params = [change.hostname, accountId, ...condition.params];
  if ('removed' in change) return registry.prepare(`DELETE FROM hostnames ${where}`).bind(...params);
  const { id, setup } = change.made;
  return registry
    .prepare(`UPDATE hostnames SET custom_hostname_id = ?, setup = ?, updated_at = ? ${where}`)
    .bind(id, JSON.stringify(setup), now, ...params);
}
