import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { Change } from '../changes/record-change.ts';
import type { Condition } from '../database/condition.ts';
import { identifier, type Sql, sql } from '../database/sql.ts';
import { ENTITIES } from '../entities/entities.ts';
import type { EntityDefinition, Reference } from '../entities/entity.ts';

/** A deletion of records, and its entry in the log: what happens to others on its account carries its actor and time. */
export interface Deletion {
  readonly entity: EntityDefinition;
  /** SQL that gives the ids: a value, or a subquery without its brackets. */
  readonly ids: Sql;
  readonly change: Change;
}

interface Referrer {
  readonly entity: EntityDefinition;
  readonly field: string;
  readonly onDelete: Reference['onDelete'];
}

/**
 * Nobody refers to the records, nor to what is deleted together with them, by a reference that refuses it. Error:
 * `RECORD_IN_USE` with the `entity` that refers, by which `field`, and the `count` of its records.
 */
export function nobodyNeeds(entity: EntityDefinition, ids: Sql): Condition[] {
  return referrersOf(entity).flatMap((referrer) => {
    const { entity: other, field, onDelete } = referrer;
    if (onDelete === 'clear') return [];
    const those = referring(referrer, ids);
    if (onDelete === 'delete') return nobodyNeeds(other, those);
    return [
      {
        holds: sql`NOT EXISTS (${those})`,
        detail: sql`SELECT count(*) FROM (${those})`,
        error: (count) =>
          new PlatformError('RECORD_IN_USE', { context: { entity: other.name, field, count } }),
      },
    ];
  });
}

/** Whether any reference can stand in the way of a deletion of the entity's records: what {@link nobodyNeeds} asks. */
export function mayBeNeeded(entity: EntityDefinition): boolean {
  return referrersOf(entity).some(
    ({ entity: other, onDelete }) => onDelete === 'refuse' || (onDelete === 'delete' && mayBeNeeded(other)),
  );
}

/** Marks the records as deleted, and before that does to others what their references say, each in the change log. */
export function deletionStatements({ entity, ids, change }: Deletion, happened: Sql): Sql[] {
  const { at, actor_id } = change;
  return [
    ...referrersOf(entity).flatMap((referrer) => followDeletion(referrer, ids, change, happened)),
    sql`DELETE FROM index_entries WHERE record_id IN (${ids}) AND ${happened}`,
    sql`UPDATE ${identifier(entity.table)} SET version = version + 1, deleted_at = ${at}, updated_at = ${at},
      updated_by = ${actor_id} WHERE id IN (${ids}) AND ${happened}`,
  ];
}

function followDeletion(referrer: Referrer, ids: Sql, change: Change, happened: Sql): Sql[] {
  if (referrer.onDelete === 'refuse') return [];
  const those = referring(referrer, ids);
  if (referrer.onDelete === 'clear') return clearStatements(referrer, ids, change, happened);
  return [
    recordOthersChange(referrer, those, { change, action: 'delete', changed: sql`'{}'` }, happened),
    ...deletionStatements({ entity: referrer.entity, ids: those, change }, happened),
  ];
}

function clearStatements(referrer: Referrer, ids: Sql, change: Change, happened: Sql): Sql[] {
  const { entity, field } = referrer;
  const those = referring(referrer, ids);
  const path = `$.${field}`;
  const inList = isList(referrer);
  const remaining = inList
    ? sql`json((SELECT json_group_array(value) FROM json_each(body, ${path}) WHERE value NOT IN (${ids})))`
    : sql`NULL`;
  const changed = sql`json_object(${field}, json_object('from', body -> ${path}, 'to', ${remaining}))`;
  return [
    recordOthersChange(referrer, those, { change, action: 'update', changed }, happened),
    sql`UPDATE ${identifier(entity.table)} SET body = json_set(body, ${path}, ${remaining}), version = version + 1,
      updated_at = ${change.at}, updated_by = ${change.actor_id} WHERE id IN (${those}) AND ${happened}`,
    ...(inList
      ? [
          sql`DELETE FROM index_entries WHERE entity = ${entity.name} AND field = ${field} AND term IN (${ids})
            AND ${happened}`,
        ]
      : []),
  ];
}

interface OthersChange {
  readonly change: Change;
  readonly action: 'update' | 'delete';
  readonly changed: Sql;
}

/** One entry for each of those records, with the version that it is about to have. */
function recordOthersChange(
  { entity, field }: Referrer,
  those: Sql,
  { change, action, changed }: OthersChange,
  happened: Sql,
): Sql {
  const { id, actor_id, at, request_id } = change;
  return sql`INSERT INTO changes (id, entity, entity_id, action, version, changed, actor_id, at, request_id)
    SELECT ${`${id}/${field}/`} || id, ${entity.name}, id, ${action}, version + 1, ${changed}, ${actor_id}, ${at},
      ${request_id}
    FROM ${identifier(entity.table)} WHERE id IN (${those}) AND ${happened}`;
}

/** The ids of the records that refer to one of `ids`, read from an index. */
function referring(referrer: Referrer, ids: Sql): Sql {
  const { entity, field } = referrer;
  if (isList(referrer)) {
    return sql`SELECT record_id FROM index_entries WHERE entity = ${entity.name} AND field = ${field}
      AND term IN (${ids})`;
  }
  return sql`SELECT id FROM ${identifier(entity.table)} WHERE ${identifier(field)} IN (${ids})
    AND deleted_at IS NULL`;
}

function isList({ entity, field }: Referrer): boolean {
  return entity.contains?.includes(field) ?? false;
}

function referrersOf(entity: EntityDefinition): Referrer[] {
  return ENTITIES.flatMap((other) =>
    Object.entries(other.references ?? {})
      .filter(([, reference]) => reference.entity() === entity)
      .map(([field, { onDelete }]) => ({ entity: other, field, onDelete })),
  );
}
