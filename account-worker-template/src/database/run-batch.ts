import type { Sql } from './sql.ts';

/** A row as D1 gives it. */
export type Row = Readonly<Record<string, string | number | null>>;

type Preparer = Pick<D1DatabaseSession, 'prepare' | 'batch'>;

/** Runs the statements as one transaction in one round trip and gives the rows of each. All of them happen, or none. */
export async function runBatch(database: Preparer, statements: readonly Sql[]): Promise<Row[][]> {
  const prepared = statements.map(({ sql, params }) => database.prepare(sql).bind(...params));
  const results = await database.batch<Row>(prepared);
  return results.map((result) => result.results);
}
