import { type Sql, sql } from '../database/sql.ts';

export interface ChangedField {
  readonly from: unknown;
  readonly to: unknown;
}

/** An entry of the log: one write of one record. `id` is new for each try to write, so that it names this very one. */
export interface Change {
  readonly id: string;
  readonly entity: string;
  readonly entity_id: string;
  readonly action: 'create' | 'update' | 'delete';
  /** The record's version after the write: a number, or SQL that reads it from the record as it is before. */
  readonly version: number | Sql;
  /** The fields with both values, or SQL that makes their JSON text. */
  readonly changed: Readonly<Record<string, ChangedField>> | Sql;
  readonly actor_id: string;
  readonly at: number;
  readonly request_id: string;
}

/**
 * Writes the entry where the condition holds. It goes before the write itself: it decides, and what follows in the
 * batch asks {@link newestChangeIs}. So there is no write without an entry and no entry without a write.
 */
export function recordChange(change: Change, condition: Sql): Sql {
  const { id, entity, entity_id, action, version, changed, actor_id, at, request_id } = change;
  return sql`INSERT INTO changes
      (id, entity, entity_id, action, version, changed, actor_id, at, request_id)
    SELECT ${id}, ${entity}, ${entity_id}, ${action}, ${version},
      ${isSql(changed) ? changed : JSON.stringify(changed)},
      ${actor_id}, ${at}, ${request_id}
    WHERE ${condition}`;
}

/**
 * Whether this batch wrote the entry: a batch is one transaction, so nobody else's entry can be the newest of the record
 * in it. The batch may write entries of other records after it.
 */
export function newestChangeIs({ id, entity_id }: Pick<Change, 'id' | 'entity_id'>): Sql {
  return sql`(SELECT id FROM changes WHERE entity_id = ${entity_id} ORDER BY seq DESC LIMIT 1) = ${id}`;
}

function isSql(changed: Change['changed']): changed is Sql {
  return Array.isArray(changed.params);
}
