import * as z from 'zod';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { type ReviewedFiles, reviewFilesSchema } from '#shared-schema/files/file-calls.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { primarySession } from '../database/d1-session.ts';
import { runBatch } from '../database/run-batch.ts';
import { type Sql, sql } from '../database/sql.ts';
import { expireUploads } from '../documents/expire-uploads.ts';
import { reviewFile } from '../documents/review-file.ts';
import { storeVersion } from '../documents/store-version.ts';
import { respond } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { checkReadiness } from '../schema/ensure-ready.ts';

/** How many unrecorded uploads one review records at most: what is left waits for the next. */
const STORED_PER_REVIEW = 20;

const foundRows = z.array(
  z.object({
    document_id: z.string(),
    version_id: z.string(),
    size: z.int(),
    uploaded_at: z.int(),
    status: z.enum(['pending', 'stored']).nullable(),
    version_size: z.int().nullable(),
    bytes_due_at: z.int().nullable(),
    document_deleted: z.int(),
  }),
);
type FoundRow = z.infer<typeof foundRows>[number];

/**
 * `POST /_platform/files/review`: says which of the objects in the account's prefix may be removed, records uploads that
 * were not recorded, and clears away those that never came.
 *
 * Error: `OWNER_CONFLICT` where this database is another account's, for it knows nothing of these files.
 */
export async function reviewFiles(call: Call): Promise<Response> {
  const { account_id, files } = await readJsonBody(call.request, reviewFilesSchema);
  const owner = await checkReadiness(call);
  if (owner.account_id !== account_id) throw new PlatformError('OWNER_CONFLICT');
  const session = primarySession(call);
  const [rows] = await runBatch(session, [selectFound(JSON.stringify(files))]);
  const decided = foundRows.parse(rows).map((row) => ({ row, verdict: verdictOf(row, call.now) }));
  const unrecorded = decided.filter(({ verdict }) => verdict === 'store').slice(0, STORED_PER_REVIEW);
  for (const { row } of unrecorded) {
    const { document_id, version_id, size } = row;
    await storeVersion(call, session, { document_id, version_id, size });
  }
  await runBatch(session, expireUploads(call.now, sql`1`));
  const remove = decided.flatMap(({ row, verdict }) => (verdict === 'remove' ? [row.version_id] : []));
  const reviewed: ReviewedFiles = { remove };
  return respond({ status: 200, body: reviewed });
}

function selectFound(files: string): Sql {
  return sql`SELECT file.value ->> '$.document_id' AS document_id, file.value ->> '$.version_id' AS version_id,
      file.value ->> '$.size' AS size, file.value ->> '$.uploaded_at' AS uploaded_at,
      versions.status, versions.size AS version_size, versions.bytes_due_at,
      documents.deleted_at IS NOT NULL AS document_deleted
    FROM json_each(${files}) AS file
    LEFT JOIN document_versions AS versions ON versions.id = file.value ->> '$.version_id'
      AND versions.document_id = file.value ->> '$.document_id'
    LEFT JOIN documents ON documents.id = versions.document_id`;
}

function verdictOf(row: FoundRow, now: number) {
  const { status, version_size, bytes_due_at, document_deleted, size, uploaded_at } = row;
  const known =
    status === null || version_size === null
      ? null
      : { status, size: version_size, bytes_due_at, document_deleted: document_deleted === 1 };
  return reviewFile({ uploaded_at, size, known }, now);
}
