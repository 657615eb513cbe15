import { v7 as uuidv7 } from 'uuid';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { recordChange } from '../changes/record-change.ts';
import type { EntityDefinition } from '../entities/entity.ts';
import { requirePermission } from '../entities/permissions.ts';
import type { UserCall } from '../http/call.ts';
import { changeEntry } from '../records/change-entry.ts';
import { changedFields, type Fields } from '../records/changed-fields.ts';
import { commitWrite } from '../records/commit-write.ts';
import { referencesExist } from '../records/conditions.ts';
import { insertRow, newRow } from '../records/create-record.ts';
import { indexRecord } from '../records/index-entries.ts';
import { recordInputSchema, toRecord } from '../records/record.ts';
import { keyedRequest } from '../records/stored-answer.ts';
import { validateNewFields } from '../records/validate-fields.ts';
import { expireUploads } from './expire-uploads.ts';
import { grantUpload } from './grant-upload.ts';
import { fileInput, insertVersion, newVersionEntry, pendingVersion } from './version-row.ts';

/**
 * `POST /documents`: 201 with the record, `pending` until its bytes have come, and a grant to upload them.
 *
 * Errors: `FORBIDDEN`, `VALIDATION_FAILED`, and those of commitWrite.
 */
export async function createDocument(call: UserCall, entity: EntityDefinition): Promise<Response> {
  requirePermission(entity, call.actor, 'create');
  const input = await readJsonBody(call.request, recordInputSchema);
  const keyed = await keyedRequest(call, input);
  const given = entity.fields.omit({ status: true, version_number: true });
  const { fields: givenFields } = validateNewFields({ ...entity, fields: given }, input, call.now);
  const fields: Fields = { ...givenFields, status: 'pending', version_number: 1 };
  const row = newRow(call, fields);
  const file = fileInput.parse(fields);
  const version = pendingVersion(call, {
    ...{ id: uuidv7(), document_id: row.id, version_number: 1 },
    ...file,
  });
  const outcome = await commitWrite(call, {
    entity,
    keyed,
    conditions: referencesExist(entity, fields),
    before: (allowed) => expireUploads(call.now, allowed),
    change: changeEntry(call, entity, {
      entity_id: row.id,
      action: 'create',
      version: row.version,
      changed: changedFields({}, fields),
    }),
    statements: (happened) => [
      insertRow(entity, { ...row }, happened),
      insertVersion(version, happened),
      recordChange(newVersionEntry(call, version), happened),
      ...indexRecord(entity, { id: row.id, before: null, after: fields }, happened),
    ],
    answer: {
      status: 201,
      body: { ...toRecord(row), upload: { document_id: row.id, version_id: version.id } },
    },
  });
  if (outcome instanceof Response) return grantUpload(outcome);
  throw outcome;
}
