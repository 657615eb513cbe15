import { identifier, sql } from '../database/sql.ts';
import type { EntityDefinition } from '../entities/entity.ts';
import { requirePermission } from '../entities/permissions.ts';
import type { UserCall } from '../http/call.ts';
import { changeEntry } from './change-entry.ts';
import { commitWrite } from './commit-write.ts';
import { recordExists, versionIs } from './conditions.ts';
import { ifMatchVersion } from './if-match.ts';
import { recordId } from './record.ts';
import { keyedRequest } from './stored-answer.ts';

/**
 * `DELETE /<entity>/<id>`: 204. The row stays, marked as deleted, and is nowhere to be seen.
 *
 * Errors: `FORBIDDEN`, `RECORD_NOT_FOUND`, `VERSION_MISMATCH`, the entity's own, and those of commitWrite.
 */
export async function deleteRecord(
  call: UserCall,
  entity: EntityDefinition,
  text: string,
): Promise<Response> {
  const { actor, now } = call;
  requirePermission(entity, actor, 'delete');
  const id = recordId(text);
  const expected = ifMatchVersion(call.request.headers);
  const ruled = { actor, action: 'delete', id, after: null, now } as const;
  const table = identifier(entity.table);
  const outcome = await commitWrite(call, {
    entity,
    keyed: await keyedRequest(call, null),
    conditions: [
      recordExists(entity, id),
      ...(entity.rules?.(ruled) ?? []),
      ...(expected === null ? [] : [versionIs(entity, id, expected)]),
    ],
    change: changeEntry(call, entity, {
      entity_id: id,
      action: 'delete',
      version: sql`(SELECT version + 1 FROM ${table} WHERE id = ${id})`,
      changed: {},
    }),
    statements: (happened) => [
      sql`UPDATE ${table} SET version = version + 1, deleted_at = ${now}, updated_at = ${now},
        updated_by = ${actor.userId} WHERE id = ${id} AND ${happened}`,
      ...(entity.effects?.(ruled, happened) ?? []),
    ],
    answer: { status: 204, body: null },
  });
  if (outcome instanceof Response) return outcome;
  throw outcome;
}
