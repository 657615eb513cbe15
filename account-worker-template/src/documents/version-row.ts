import { v7 as uuidv7 } from 'uuid';
import * as z from 'zod';
import { type DocumentVersion, documentVersionSchema } from '#shared-schema/files/file-calls.ts';
import { contentTypeSchema, fileSha256Schema, fileSizeSchema } from '#shared-schema/files/file-rules.ts';
import type { Change } from '../changes/record-change.ts';
import { identifier, join, type Sql, sql } from '../database/sql.ts';
import type { UserCall } from '../http/call.ts';
import { changedFields } from '../records/changed-fields.ts';

/** What the change log calls a version. It is no entity with routes of its own. */
export const VERSION_NAME = 'document-version';

/** The columns of `document_versions` that callers see. */
export const VERSION_COLUMNS = Object.keys(documentVersionSchema.shape);

/** What a caller says of a file before sending it. */
export const fileInput = z.object({
  content_type: contentTypeSchema,
  size: fileSizeSchema,
  sha256: fileSha256Schema,
});

const versionRows = z.array(documentVersionSchema);

export function toVersions(rows: readonly unknown[] | undefined): DocumentVersion[] {
  return versionRows.parse(rows ?? []);
}

/** What a new version is made of, besides what follows from the call. */
export type NewVersion = Pick<
  DocumentVersion,
  'id' | 'document_id' | 'version_number' | 'content_type' | 'size' | 'sha256'
>;

export function pendingVersion({ actor, now }: UserCall, version: NewVersion): DocumentVersion {
  return { ...version, status: 'pending', created_at: now, created_by: actor.userId, stored_at: null };
}

/** Inserts the version where the write happens. */
export function insertVersion(version: DocumentVersion, happened: Sql): Sql {
  const columns = Object.entries(version);
  const names = join(
    columns.map(([name]) => identifier(name)),
    ', ',
  );
  const values = join(
    columns.map(([, value]) => sql`${value}`),
    ', ',
  );
  return sql`INSERT INTO document_versions (${names}) SELECT ${values} WHERE ${happened}`;
}

/** The entry of the change log for a new version. */
export function newVersionEntry(
  { actor, now, requestId }: UserCall,
  { id, document_id, version_number, content_type, size, sha256, status }: DocumentVersion,
): Change {
  const fields = { document_id, version_number, content_type, size, sha256, status };
  return {
    ...{ id: uuidv7(), entity: VERSION_NAME, entity_id: id, action: 'create', version: 1 },
    ...{ changed: changedFields({}, fields), actor_id: actor.userId, at: now, request_id: requestId },
  };
}
