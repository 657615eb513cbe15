import { v7 as uuidv7 } from 'uuid';
import * as z from 'zod';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import {
  type DocumentVersion,
  documentVersionSchema,
  type StoredFile,
} from '#shared-schema/files/file-calls.ts';
import { type Change, newestChangeIs, recordChange } from '../changes/record-change.ts';
import { runBatch } from '../database/run-batch.ts';
import { identifier, join, type Sql, sql } from '../database/sql.ts';
import type { Call } from '../http/call.ts';
import { changedFields, type Fields } from '../records/changed-fields.ts';
import { fieldsOf } from '../records/record.ts';
import { VERSION_COLUMNS, VERSION_NAME } from './version-row.ts';

/** How often it starts anew because somebody else wrote the document in between. */
const MAX_ATTEMPTS = 8;

const foundRows = z.array(
  documentVersionSchema.extend({ document_body: z.string(), document_version: z.int() }),
);
type Found = z.infer<typeof foundRows>[number];

const currentSchema = z.looseObject({ status: z.string(), version_number: z.int() });

/**
 * Records that the bytes of a version are there, and lets the document speak of them where no newer version is stored.
 * Compare and set; safe to repeat. What is written is by whom asked for the upload.
 *
 * Errors: `RECORD_NOT_FOUND` where there is no such version of that size or its document was deleted;
 * `ACCOUNT_UNAVAILABLE` where the document is written too busily.
 */
export async function storeVersion(
  call: Call,
  session: D1DatabaseSession,
  file: StoredFile,
): Promise<DocumentVersion> {
  let [rows] = await runBatch(session, [selectFound(file)]);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const [found] = foundRows.parse(rows);
    if (!found) throw new PlatformError('RECORD_NOT_FOUND');
    if (found.status === 'stored') return documentVersionSchema.parse(found);
    const results = await runBatch(session, [...storeStatements(call, found), selectFound(file)]);
    rows = results.at(-1);
  }
  throw new PlatformError('ACCOUNT_UNAVAILABLE');
}

function selectFound({ document_id, version_id, size }: StoredFile): Sql {
  const columns = join(
    VERSION_COLUMNS.map((column) => sql`versions.${identifier(column)}`),
    ', ',
  );
  return sql`SELECT ${columns}, documents.body AS document_body, documents.version AS document_version
    FROM document_versions AS versions JOIN documents ON documents.id = versions.document_id
    WHERE versions.id = ${version_id} AND versions.document_id = ${document_id} AND versions.size = ${size}
      AND documents.deleted_at IS NULL`;
}

function storeStatements(call: Call, found: Found): Sql[] {
  const { id, document_id, document_version, created_by } = found;
  const before = fieldsOf({ body: found.document_body });
  const after = documentAfter(before, found);
  const stillSo = sql`EXISTS (SELECT 1 FROM document_versions WHERE id = ${id} AND status = 'pending')
    AND EXISTS (SELECT 1 FROM documents WHERE id = ${document_id} AND version = ${document_version}
      AND deleted_at IS NULL)`;
  const by = { actor_id: created_by, at: call.now, request_id: call.requestId };
  const change: Change = {
    ...{ id: uuidv7(), entity: VERSION_NAME, entity_id: id, action: 'update', version: 2 },
    ...{ changed: changedFields({ status: 'pending' }, { status: 'stored' }), ...by },
  };
  const happened = newestChangeIs(change);
  const documentChange: Change = {
    ...{ id: uuidv7(), entity: 'document', entity_id: document_id, action: 'update' },
    ...{ version: document_version + 1, changed: changedFields(before, after ?? before), ...by },
  };
  return [
    recordChange(change, stillSo),
    sql`UPDATE document_versions SET status = 'stored', stored_at = ${call.now} WHERE id = ${id} AND ${happened}`,
    ...(after
      ? [
          recordChange(documentChange, happened),
          sql`UPDATE documents SET body = ${JSON.stringify(after)}, version = version + 1,
            updated_at = ${call.now}, updated_by = ${created_by} WHERE id = ${document_id} AND ${happened}`,
        ]
      : []),
  ];
}

/** The document as it speaks of these bytes; null where it already speaks of newer ones. */
function documentAfter(before: Fields, { version_number, content_type, size, sha256 }: Found): Fields | null {
  const current = currentSchema.parse(before);
  if (current.status === 'stored' && current.version_number > version_number) return null;
  return { ...before, content_type, size, sha256, status: 'stored', version_number };
}
