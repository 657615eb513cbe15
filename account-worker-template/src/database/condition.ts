import type { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { Row } from './run-batch.ts';
import { identifier, join, type Sql, sql } from './sql.ts';

/** What must hold inside the database for a write to happen, and the error that says that it did not. */
export interface Condition {
  readonly holds: Sql;
  /** A value that is read in the same transaction, for the error to tell. */
  readonly detail?: Sql;
  readonly error: (detail: unknown) => PlatformError;
}

/**
 * The statement that tells whether the session holds, of each condition, by position, whether it does, and the values
 * by their names.
 */
export function diagnosisStatement(
  session: Sql,
  conditions: readonly Condition[],
  values: Readonly<Record<string, Sql>>,
): Sql {
  const columns = conditions.map(({ holds, detail = sql`NULL` }, position) => ({
    sql: `(${holds.sql}) AS holds_${position}, (${detail.sql}) AS detail_${position}`,
    params: [...holds.params, ...detail.params],
  }));
  const named = Object.entries(values).map(([name, value]) => sql`${value} AS ${identifier(name)}`);
  return sql`SELECT ${join([sql`${session} AS session_holds`, ...columns, ...named], ', ')}`;
}

/** The error of the first condition that does not hold, or null where all do. */
export function firstFailure(conditions: readonly Condition[], row: Row | undefined): PlatformError | null {
  const position = conditions.findIndex((_, index) => row?.[`holds_${index}`] !== 1);
  return conditions[position]?.error(row?.[`detail_${position}`]) ?? null;
}
