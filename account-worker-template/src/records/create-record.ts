import { v7 as uuidv7 } from 'uuid';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { identifier, join, type Sql, type SqlValue, sql } from '../database/sql.ts';
import type { EntityDefinition } from '../entities/entity.ts';
import { requirePermission } from '../entities/permissions.ts';
import type { UserCall } from '../http/call.ts';
import { changeEntry } from './change-entry.ts';
import { changedFields, type Fields } from './changed-fields.ts';
import { commitWrite } from './commit-write.ts';
import { referencesExist, uniqueFieldsAreFree } from './conditions.ts';
import { indexRecord } from './index-entries.ts';
import { nextNumbers, withNumbers } from './numbered-fields.ts';
import { type RecordRow, recordInputSchema, toRecord } from './record.ts';
import { keyedRequest } from './stored-answer.ts';
import { validateNewFields } from './validate-fields.ts';

/**
 * `POST /<entity>`: 201 with the record.
 *
 * Errors: `FORBIDDEN`, `VALIDATION_FAILED` (a reference to nothing too), the entity's own for a unique field, and those
 * of commitWrite.
 */
export async function createRecord(call: UserCall, entity: EntityDefinition): Promise<Response> {
  requirePermission(entity, call.actor, 'create');
  const input = await readJsonBody(call.request, recordInputSchema);
  const keyed = await keyedRequest(call, input);
  const { fields, hidden } = validateNewFields(entity, input, call.now);
  const row = newRow(call, fields);
  const ruled = { actor: call.actor, action: 'create', id: row.id, after: fields, now: call.now } as const;
  const numbers = nextNumbers(entity, call.now);
  const rules = entity.rules?.(ruled) ?? [];
  const columns = { ...row, body: withNumbers(fields, numbers), ...(await hiddenColumns(entity, hidden)) };
  const outcome = await commitWrite(call, {
    entity,
    keyed,
    conditions: [
      ...rules,
      ...referencesExist(entity, fields),
      ...uniqueFieldsAreFree(entity, { id: row.id, fields, touched: fields }),
    ],
    change: changeEntry(call, entity, {
      entity_id: row.id,
      action: 'create',
      version: row.version,
      changed: withNumbers(
        changedFields({}, fields),
        numbers,
        (value) => sql`json_object('from', NULL, 'to', ${value})`,
      ),
    }),
    numbers,
    statements: (happened) => [
      insertRow(entity, columns, happened),
      ...indexRecord(entity, { id: row.id, before: null, after: fields }, happened),
    ],
    answer: { status: 201, body: toRecord(row) },
  });
  if (outcome instanceof Response) return outcome;
  throw outcome;
}

/** A new record of these fields, by whom and when the call says. */
export function newRow({ actor, now }: UserCall, fields: Fields): RecordRow {
  return {
    id: uuidv7(),
    body: JSON.stringify(fields),
    version: 1,
    account_id: actor.accountId,
    created_at: now,
    created_by: actor.userId,
    updated_at: now,
    updated_by: actor.userId,
  };
}

/** Inserts the columns where the write happens. */
export function insertRow(
  entity: EntityDefinition,
  columns: Readonly<Record<string, Sql | SqlValue>>,
  happened: Sql,
): Sql {
  const names = join(Object.keys(columns).map(identifier), ', ');
  const values = join(
    Object.values(columns).map((value) => sql`${value}`),
    ', ',
  );
  return sql`INSERT INTO ${identifier(entity.table)} (${names}) SELECT ${values} WHERE ${happened}`;
}

async function hiddenColumns(entity: EntityDefinition, hidden: Fields): Promise<Record<string, string>> {
  const columns: Record<string, string> = {};
  for (const [field, { schema, column, toColumn }] of Object.entries(entity.hidden ?? {})) {
    if (hidden[field] !== undefined) columns[column] = await toColumn(schema.parse(hidden[field]));
  }
  return columns;
}
