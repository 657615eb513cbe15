import { identifier, sql } from '../database/sql.ts';
import type { EntityDefinition } from '../entities/entity.ts';
import { requirePermission } from '../entities/permissions.ts';
import type { UserCall } from '../http/call.ts';
import { changeEntry } from './change-entry.ts';
import { commitWrite } from './commit-write.ts';
import { recordExists, versionIs } from './conditions.ts';
import { deletionStatements, nobodyNeeds } from './deletion.ts';
import { ifMatchVersion } from './if-match.ts';
import { recordId } from './record.ts';
import { keyedRequest } from './stored-answer.ts';

/**
 * `DELETE /<entity>/<id>`: 204. The row stays, marked as deleted, and is nowhere to be seen. What refers to it stands in
 * the way, is cleared or goes with it, as its reference says.
 *
 * Errors: `FORBIDDEN`, `RECORD_NOT_FOUND`, `VERSION_MISMATCH`, `RECORD_IN_USE`, the entity's own, and those of
 * commitWrite.
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
  const change = changeEntry(call, entity, {
    entity_id: id,
    action: 'delete',
    version: sql`(SELECT version + 1 FROM ${identifier(entity.table)} WHERE id = ${id})`,
    changed: {},
  });
  const outcome = await commitWrite(call, {
    entity,
    keyed: await keyedRequest(call, null),
    conditions: [
      recordExists(entity, id),
      ...(entity.rules?.(ruled) ?? []),
      ...(expected === null ? [] : [versionIs(entity, id, expected)]),
      ...nobodyNeeds(entity, sql`${id}`),
    ],
    change,
    statements: (happened) => [
      ...deletionStatements({ entity, ids: sql`${id}`, change }, happened),
      ...(entity.effects?.(ruled, happened) ?? []),
    ],
    answer: { status: 204, body: null },
  });
  if (outcome instanceof Response) return outcome;
  throw outcome;
}
