import * as z from 'zod';
import { errorResponse } from '#shared-schema/errors/error-envelope.ts';
import { PlatformError, validationFailed } from '#shared-schema/errors/platform-error.ts';
import { timestampSchema, uuidSchema } from '#shared-schema/fields/fields.ts';
import { documentVersionSchema } from '#shared-schema/files/file-calls.ts';
import { encodeFileGrant, FILE_GRANT_HEADER, type FileGrant } from '#shared-schema/files/file-grant.ts';
import { readAsUser, readFromPrimary } from '../auth/read-as-user.ts';
import { primarySession } from '../database/d1-session.ts';
import type { Row } from '../database/run-batch.ts';
import { identifier, join, type Sql, sql } from '../database/sql.ts';
import { documentEntity } from '../entities/document.ts';
import { requirePermission } from '../entities/permissions.ts';
import { respond } from '../http/answer.ts';
import type { UserCall } from '../http/call.ts';
import { recordId } from '../records/record.ts';
import { VERSION_COLUMNS } from './version-row.ts';

/** What the file is, and the address that the platform adds. */
export const downloadSchema = documentVersionSchema
  .pick({ document_id: true, content_type: true, size: true, sha256: true, version_number: true })
  .extend({
    version_id: uuidSchema,
    name: z.string(),
    url: z.url(),
    method: z.literal('GET'),
    expires_at: timestampSchema,
  });

const downloadRows = z.array(documentVersionSchema.extend({ name: z.string() }));
type DownloadRow = z.infer<typeof downloadRows>[number];

/**
 * `GET /documents/<id>/download?version=`: 200 with what the file is and a grant to download it. Default: the version
 * that the document speaks of, else the one of that number.
 *
 * Errors: `FORBIDDEN`, `RECORD_NOT_FOUND`, `VALIDATION_FAILED`; `FILE_NOT_STORED` while the bytes have not come, with a
 * grant by which the platform may find out that they have.
 */
export async function readDownload(call: UserCall, id: string): Promise<Response> {
  requirePermission(documentEntity, call.actor, 'read');
  const statement = selectVersion(recordId(id), versionNumber(call.url.searchParams));
  const seen = versionOf(await readAsUser(call, [statement]));
  // A copy of the database may lag behind an upload that has just ended.
  const version =
    seen?.status === 'stored'
      ? seen
      : versionOf(await readFromPrimary(call, primarySession(call), [statement]));
  if (!version) throw new PlatformError('RECORD_NOT_FOUND');
  const { id: version_id, document_id, version_number, name, content_type, size, sha256 } = version;
  const facts = { document_id, version_id, name, content_type, size, sha256 };
  if (version.status === 'pending') {
    const refused = errorResponse(new PlatformError('FILE_NOT_STORED'), call.requestId);
    return withGrant(refused, { action: 'confirm', ...facts });
  }
  const answer = respond({ status: 200, body: { ...facts, version_number } });
  return withGrant(answer, { action: 'download', ...facts });
}

function selectVersion(documentId: string, number: number | null): Sql {
  const columns = join(
    VERSION_COLUMNS.map((column) => sql`versions.${identifier(column)}`),
    ', ',
  );
  return sql`SELECT ${columns}, documents.name FROM documents
    JOIN document_versions AS versions ON versions.document_id = documents.id
    WHERE documents.id = ${documentId} AND documents.deleted_at IS NULL
      AND versions.version_number = COALESCE(${number}, documents.body ->> '$.version_number')`;
}

function versionOf([rows]: readonly Row[][]): DownloadRow | undefined {
  return downloadRows.parse(rows)[0];
}

function withGrant(answer: Response, grant: FileGrant): Response {
  answer.headers.set(FILE_GRANT_HEADER, encodeFileGrant(grant));
  return answer;
}

function versionNumber(parameters: URLSearchParams): number | null {
  const unknown = [...new Set(parameters.keys())].filter((field) => field !== 'version');
  if (unknown.length > 0) {
    throw validationFailed(
      ...unknown.map((field) => ({ field, message: 'This parameter is not known here.' })),
    );
  }
  const [text, ...repeated] = parameters.getAll('version');
  if (text === undefined) return null;
  if (repeated.length > 0 || !/^[1-9]\d{0,8}$/.test(text)) {
    throw validationFailed({
      field: 'version',
      message: 'A version is given once, as a whole number from 1.',
    });
  }
  return Number(text);
}
