/** An entry of the registry's audit trail. `actor` is `admin`, `signup` or `operation`; never a person's data. */
export interface EventRecord {
  readonly id: string;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly targetKind: string;
  readonly targetId: string;
  readonly requestId: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

/** The condition under which the event is written: it belongs in the batch of the write that it tells of. */
export interface SqlCondition {
  readonly sql: string;
  readonly params: readonly (string | number)[];
}

export const ALWAYS: SqlCondition = { sql: '1', params: [] };

/** Holds where each of them does. */
export function allOf(...conditions: readonly SqlCondition[]): SqlCondition {
  return {
    sql: conditions.map(({ sql }) => sql).join(' AND '),
    params: conditions.flatMap(({ params }) => params),
  };
}

export function insertEvent(
  registry: D1Database,
  event: EventRecord,
  condition = ALWAYS,
): D1PreparedStatement {
  const { id, at, actor, action, targetKind, targetId, requestId } = event;
  return registry
    .prepare(
      `INSERT INTO events (id, at, actor, action, target_kind, target_id, request_id, before, after)
       SELECT ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE ${condition.sql}`,
    )
    .bind(
      ...[id, at, actor, action, targetKind, targetId, requestId, toJson(event.before), toJson(event.after)],
      ...condition.params,
    );
}

function toJson(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
