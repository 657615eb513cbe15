import * as z from 'zod';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { exportSchema } from '#shared-schema/exports/export.ts';
import type { ClaimedOperation } from './claim-operation.ts';
import type { SqlCondition } from './events.ts';

/** What an operation has written: the file, and the moment that it holds. */
export interface NewExport {
  readonly atBookmark: string;
  readonly objectKey: string;
  readonly size: number;
  readonly sha256: string;
  readonly md5: string;
}

/** Records the operation's export as written, where the condition holds. Written again, it is the newer one. */
export function insertExport(
  registry: D1Database,
  { id, account_id, stack_id }: Pick<ClaimedOperation, 'id' | 'account_id' | 'stack_id'>,
  { atBookmark, objectKey, size, sha256, md5 }: NewExport,
  now: number,
  condition: SqlCondition,
): D1PreparedStatement {
  return registry
    .prepare(
      `INSERT OR REPLACE INTO exports
         (id, account_id, stack_id, status, at_bookmark, object_key, size_bytes, sha256, md5, created_at)
       SELECT ?, ?, ?, 'written', ?, ?, ?, ?, ?, ? WHERE ${condition.sql}`,
    )
    .bind(id, account_id, stack_id, atBookmark, objectKey, size, sha256, md5, now, ...condition.params);
}

/** Records that the operation's export was restored and found to be whole, where the condition holds. */
export function verifyExport(
  registry: D1Database,
  id: string,
  now: number,
  condition: SqlCondition,
): D1PreparedStatement {
  return registry
    .prepare(`UPDATE exports SET status = 'verified', verified_at = ? WHERE id = ? AND ${condition.sql}`)
    .bind(now, id, ...condition.params);
}

const storedExportSchema = exportSchema.extend({ object_key: z.string(), md5: z.string() });
/** An export, and where its file is. */
export type StoredExport = z.infer<typeof storedExportSchema>;

/** Error: `EXPORT_NOT_FOUND`. */
export async function requireExport(registry: D1Database, id: string): Promise<StoredExport> {
  const columns = Object.keys(storedExportSchema.shape).join(', ');
  const row = await registry.prepare(`SELECT ${columns} FROM exports WHERE id = ?`).bind(id).first();
  if (row === null) throw new PlatformError('EXPORT_NOT_FOUND');
  return storedExportSchema.parse(row);
}
