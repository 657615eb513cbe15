import { v7 as uuidv7 } from 'uuid';
import * as z from 'zod';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { readJsonBody, validate } from '#shared-schema/http/json-body.ts';
import { readFromPrimary } from '../auth/read-as-user.ts';
import type { Condition } from '../database/condition.ts';
import { primarySession } from '../database/d1-session.ts';
import { sql } from '../database/sql.ts';
import { documentEntity } from '../entities/document.ts';
import { requirePermission } from '../entities/permissions.ts';
import type { UserCall } from '../http/call.ts';
import { commitWrite, type Write } from '../records/commit-write.ts';
import { recordExists } from '../records/conditions.ts';
import { selectRecord } from '../records/read-record.ts';
import { recordId, recordInputSchema } from '../records/record.ts';
import { replayResponse } from '../records/record-response.ts';
import { type KeyedRequest, keyedRequest, replayOf, storedAnswer } from '../records/stored-answer.ts';
import { expireUploads } from './expire-uploads.ts';
import { grantUpload } from './grant-upload.ts';
import { fileInput, insertVersion, type NewVersion, newVersionEntry, pendingVersion } from './version-row.ts';

/** How often it starts anew because somebody else made a version of the same document in between. */
const MAX_ATTEMPTS = 8;

const newestRow = z.object({ newest: z.int().nullable() });

/**
 * `POST /documents/<id>/versions`: 201 with the version, `pending` until its bytes have come, and a grant to upload them.
 * The document itself changes when they have.
 *
 * Errors: `FORBIDDEN`, `RECORD_NOT_FOUND`, `VALIDATION_FAILED`, and those of commitWrite.
 */
export async function createVersion(call: UserCall, id: string): Promise<Response> {
  requirePermission(documentEntity, call.actor, 'update');
  const input = await readJsonBody(call.request, recordInputSchema);
  const file = validate(z.strictObject(fileInput.shape), input);
  const keyed = await keyedRequest(call, input);
  const document_id = recordId(id);
  const entity = { ...documentEntity, path: `${documentEntity.path}/${document_id}/versions` };
  for (let attempt = 1; ; attempt++) {
    const session = primarySession(call);
    const [documents, numbers, stored] = await readFromPrimary(call, session, [
      selectRecord(documentEntity, document_id),
      sql`SELECT MAX(version_number) AS newest FROM document_versions WHERE document_id = ${document_id}`,
      storedAnswer(call, keyed),
    ]);
    const replay = replayOf(keyed, stored);
    if (replay) return grantUpload(replayResponse(call, entity, replay, session));
    if (documents?.length !== 1) throw new PlatformError('RECORD_NOT_FOUND');
    const { newest } = newestRow.parse(numbers?.[0]);
    const version = { id: uuidv7(), document_id, version_number: (newest ?? 0) + 1, ...file };
    const outcome = await commitWrite(call, { ...versionWrite(call, version, keyed), entity });
    if (outcome instanceof Response) return grantUpload(outcome);
    if (outcome.code !== 'VERSION_MISMATCH' || attempt === MAX_ATTEMPTS) throw outcome;
  }
}

function versionWrite(
  call: UserCall,
  newVersion: NewVersion,
  keyed: KeyedRequest | null,
): Omit<Write, 'entity'> {
  const version = pendingVersion(call, newVersion);
  const { id, document_id, version_number } = version;
  return {
    keyed,
    conditions: [recordExists(documentEntity, document_id), nextNumberIs(document_id, version_number)],
    before: (allowed) => expireUploads(call.now, allowed),
    change: newVersionEntry(call, version),
    statements: (happened) => [insertVersion(version, happened)],
    answer: { status: 201, body: { ...version, upload: { document_id, version_id: id } } },
  };
}

/** No version of that number or a later one is there. It may be free again: expired ones are cleared before. */
function nextNumberIs(documentId: string, number: number): Condition {
  return {
    holds: sql`NOT EXISTS (SELECT 1 FROM document_versions
      WHERE document_id = ${documentId} AND version_number >= ${number})`,
    error: () => new PlatformError('VERSION_MISMATCH'),
  };
}
