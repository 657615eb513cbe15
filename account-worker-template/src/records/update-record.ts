import { PlatformError, validationFailed } from '#shared-schema/errors/platform-error.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { readFromPrimary } from '../auth/read-as-user.ts';
import { primarySession } from '../database/d1-session.ts';
import { identifier, type Sql, sql } from '../database/sql.ts';
import type { EntityDefinition } from '../entities/entity.ts';
import { requirePermission } from '../entities/permissions.ts';
import type { UserCall } from '../http/call.ts';
import { changeEntry } from './change-entry.ts';
import { changedFields, type Fields } from './changed-fields.ts';
import { commitWrite, type Write } from './commit-write.ts';
import {
  recordExists,
  referencesExist,
  uniqueFieldsAreFree,
  versionIs,
  versionMismatch,
} from './conditions.ts';
import { ifMatchVersion } from './if-match.ts';
import { indexRecord } from './index-entries.ts';
import { selectRecord } from './read-record.ts';
import { fieldsOf, type RecordRow, recordId, recordInputSchema, recordRows, toRecord } from './record.ts';
import { replayResponse } from './record-response.ts';
import { type KeyedRequest, keyedRequest, replayOf, storedAnswer } from './stored-answer.ts';
import { validatePatch } from './validate-fields.ts';

/** How often a PATCH without If-Match starts anew because somebody else wrote the record in between. */
const MAX_ATTEMPTS = 8;

/**
 * `PATCH /<entity>/<id>`: changes the fields given, `null` clears. Reads the record, checks it as it will be, and
 * writes it if its version is still the one that was read. A patch that changes nothing keeps the version.
 *
 * Errors: `FORBIDDEN`, `RECORD_NOT_FOUND`, `VALIDATION_FAILED`, `VERSION_MISMATCH`, the entity's own, and those of
 * commitWrite.
 */
export async function updateRecord(call: UserCall, entity: EntityDefinition, id: string): Promise<Response> {
  requirePermission(entity, call.actor, 'update');
  const patch = await readJsonBody(call.request, recordInputSchema);
  const expected = ifMatchVersion(call.request.headers);
  const keyed = await keyedRequest(call, patch);
  for (let attempt = 1; ; attempt++) {
    const session = primarySession(call);
    const statements = [selectRecord(entity, recordId(id)), storedAnswer(call, keyed)];
    const [rows, stored] = await readFromPrimary(call, session, statements);
    const replay = replayOf(keyed, stored);
    if (replay) return replayResponse(call, entity, replay, session);
    const [row] = recordRows(rows);
    if (!row) throw new PlatformError('RECORD_NOT_FOUND');
    if (expected !== null && expected !== row.version) throw versionMismatch(row.version);
    const outcome = await commitWrite(call, patchedWrite(call, entity, { row, patch, keyed }));
    if (outcome instanceof Response) return outcome;
    const lostRace = outcome.code === 'VERSION_MISMATCH' && expected === null;
    if (!lostRace || attempt === MAX_ATTEMPTS) throw outcome;
  }
}

interface Patch {
  readonly row: RecordRow;
  readonly patch: Fields;
  readonly keyed: KeyedRequest | null;
}

function patchedWrite(call: UserCall, entity: EntityDefinition, { row, patch, keyed }: Patch): Write {
  const { actor, now } = call;
  const before = fieldsOf(row);
  const after = validatePatch(entity, before, patch, now);
  const changed = changedFields(before, after);
  requireGivenFields(entity, changed);
  const unchanged = Object.keys(changed).length === 0;
  const written = { ...row, version: row.version + 1, updated_at: now, updated_by: actor.userId };
  const next: RecordRow = unchanged ? row : { ...written, body: JSON.stringify(after) };
  const touched = Object.fromEntries(Object.entries(after).filter(([field]) => field in changed));
  const ruled = { actor, action: 'update', id: row.id, after, now } as const;
  return {
    entity,
    keyed,
    conditions: [
      recordExists(entity, row.id),
      versionIs(entity, row.id, row.version),
      ...(entity.rules?.(ruled) ?? []),
      ...referencesExist(entity, touched),
      ...uniqueFieldsAreFree(entity, { id: row.id, fields: after, touched }),
    ],
    change: unchanged
      ? null
      : changeEntry(call, entity, { entity_id: row.id, action: 'update', version: next.version, changed }),
    statements: (happened) =>
      unchanged
        ? []
        : [
            updateRow(entity, next, happened),
            ...indexRecord(entity, { id: row.id, before, after }, happened),
            ...(entity.effects?.(ruled, happened) ?? []),
          ],
    answer: { status: 200, body: toRecord(next) },
  };
}

function requireGivenFields(entity: EntityDefinition, changed: Fields): void {
  const derived = (entity.derived ?? []).filter((field) => field in changed);
  if (derived.length === 0) return;
  throw validationFailed(...derived.map((field) => ({ field, message: 'This field cannot be changed.' })));
}

function updateRow(entity: EntityDefinition, row: RecordRow, happened: Sql): Sql {
  const { id, body, version, updated_at, updated_by } = row;
  return sql`UPDATE ${identifier(entity.table)}
    SET body = ${body}, version = ${version}, updated_at = ${updated_at}, updated_by = ${updated_by}
    WHERE id = ${id} AND ${happened}`;
}
