import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { listedFilesSchema, listFilesSchema, MAX_LISTED_FILES } from '#shared-schema/files/file-calls.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { primarySession } from '../database/d1-session.ts';
import { runBatch } from '../database/run-batch.ts';
import { sql } from '../database/sql.ts';
import { respond } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { checkReadiness } from '../schema/ensure-ready.ts';

/**
 * `POST /_platform/files/list`: the stored versions of documents that are not deleted, by id.
 *
 * Error: `OWNER_CONFLICT` where this database is another account's.
 */
export async function listFiles(call: Call): Promise<Response> {
  const { account_id, after } = await readJsonBody(call.request, listFilesSchema);
  const owner = await checkReadiness(call);
  if (owner.account_id !== account_id) throw new PlatformError('OWNER_CONFLICT');
  const [rows] = await runBatch(primarySession(call), [
    sql`SELECT document_id, id AS version_id, size FROM document_versions
      WHERE id > ${after ?? ''} AND status = 'stored' AND bytes_due_at IS NULL
      ORDER BY id LIMIT ${MAX_LISTED_FILES}`,
  ]);
  return respond({ status: 200, body: listedFilesSchema.parse({ files: rows }) });
}
