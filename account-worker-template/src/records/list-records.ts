import { parseListQuery } from '#shared-schema/lists/list-query.ts';
import { listPage, listStatement } from '#shared-schema/lists/list-statement.ts';
import { readAsUser } from '../auth/read-as-user.ts';
import { type EntityDefinition, entityList } from '../entities/entity.ts';
import { requirePermission } from '../entities/permissions.ts';
import { respond } from '../http/answer.ts';
import type { UserCall } from '../http/call.ts';
import { recordRows, toRecord } from './record.ts';

/** `GET /<entity>`: one page, read from an index. Errors: `FORBIDDEN`, and those of parseListQuery. */
export async function listRecords(call: UserCall, entity: EntityDefinition): Promise<Response> {
  requirePermission(entity, call.actor, 'read');
  const definition = entityList(entity);
  const query = parseListQuery(call.url.searchParams, definition);
  const [rows] = await readAsUser(call, [listStatement(definition, query)]);
  return respond({ status: 200, body: listPage(recordRows(rows), query, toRecord) });
}
