import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { readAsUser } from '../auth/read-as-user.ts';
import { identifier, join, type Sql, sql } from '../database/sql.ts';
import { type EntityDefinition, RECORD_COLUMNS } from '../entities/entity.ts';
import { requirePermission } from '../entities/permissions.ts';
import type { UserCall } from '../http/call.ts';
import { recordId, recordRows, toRecord } from './record.ts';
import { recordResponse } from './record-response.ts';

/** `GET /<entity>/<id>`. Errors: `FORBIDDEN`, `RECORD_NOT_FOUND`. */
export async function readRecord(call: UserCall, entity: EntityDefinition, id: string): Promise<Response> {
  requirePermission(entity, call.actor, 'read');
  const [rows] = await readAsUser(call, [selectRecord(entity, recordId(id))]);
  const [row] = recordRows(rows);
  if (!row) throw new PlatformError('RECORD_NOT_FOUND');
  return recordResponse(call, entity, { status: 200, body: toRecord(row) });
}

/** Reads one record that is not deleted. */
export function selectRecord(entity: EntityDefinition, id: string): Sql {
  const columns = join(RECORD_COLUMNS.map(identifier), ', ');
  return sql`SELECT ${columns} FROM ${identifier(entity.table)} WHERE id = ${id} AND deleted_at IS NULL`;
}
