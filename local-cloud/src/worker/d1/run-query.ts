import * as z from 'zod';
import { ApiError } from '../api/api-error.ts';
import { splitStatements } from './split-statements.ts';

/** workerd takes eight times as much in a value (tried with 1.20261117), D1 does not (its limits page, November 2026). */
const MAX_VALUE_BYTES = 2_000_000;

const paramSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const statementSchema = z.strictObject({ sql: z.string(), params: z.array(paramSchema).nullish() });

/** The body of `/query` and `/raw`: one `sql` text, or a `batch`. */
export const queryRequestSchema = z.union([
  statementSchema,
  z.strictObject({ batch: z.array(statementSchema).min(1) }),
]);

/** A checked body of `/query` or `/raw`. */
export type QueryRequest = z.infer<typeof queryRequestSchema>;

interface Statement {
  sql: string;
  params: z.infer<typeof paramSchema>[];
}

interface StatementResult {
  results: unknown;
  success: true;
  meta: unknown;
}

/**
 * Runs all statements of a request in one transaction and answers one result each. An error undoes all of them and is
 * answered as `DATABASE_QUERY_FAILED` with D1's own text.
 */
export async function runQuery(
  database: D1Database,
  request: QueryRequest,
  format: 'objects' | 'raw',
): Promise<StatementResult[]> {
  const statements = 'batch' in request ? request.batch.flatMap(statementsOf) : statementsOf(request);
  if (statements.length === 0) throw new ApiError('DATABASE_QUERY_FAILED', 'No SQL statements detected.');
  for (const { params } of statements) {
    if (params.some(isTooBig))
      throw new ApiError('DATABASE_QUERY_FAILED', 'string or blob too big: SQLITE_TOOBIG');
  }
  try {
    const prepared = statements.map(({ sql, params }) => database.prepare(sql).bind(...params));
    const answers = await database.batch<Record<string, unknown>>(prepared);
    return await Promise.all(
      answers.map(async ({ results, meta }, index) => ({
        results: format === 'objects' ? results : await rawResults(prepared[index], results, meta),
        success: true as const,
        meta,
      })),
    );
  } catch (error) {
    throw new ApiError('DATABASE_QUERY_FAILED', errorText(error));
  }
}

/** What D1 says of a statement that failed, without the prefix its binding puts before it. */
export function errorText(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/^D1_ERROR: /, '');
}

function isTooBig(param: Statement['params'][number]): boolean {
  return typeof param === 'string' && new TextEncoder().encode(param).length > MAX_VALUE_BYTES;
}

function statementsOf({
  sql,
  params,
}: {
  sql: string;
  params?: Statement['params'] | null | undefined;
}): Statement[] {
  const texts = splitStatements(sql);
  if (params === undefined || params === null || params.length === 0)
    return texts.map((text) => ({ sql: text, params: [] }));
  if (texts.length > 1) {
    throw new ApiError('DATABASE_QUERY_FAILED', 'Parameters go with one statement: use batch for several.');
  }
  return texts.map((text) => ({ sql: text, params }));
}

/**
 * Columns and rows of a result. A batch answers objects, which lose duplicate column names and the columns of an empty
 * result; so a statement that wrote nothing is read once more in the raw form.
 */
async function rawResults(
  statement: D1PreparedStatement | undefined,
  results: Record<string, unknown>[],
  meta: D1Meta,
): Promise<{ columns: string[]; rows: unknown[][] }> {
  if (statement !== undefined && !meta.changed_db && meta.changes === 0) {
    const [columns = [], ...rows] = await statement.raw<unknown[]>({ columnNames: true });
    return { columns: columns.map(String), rows };
  }
  return { columns: Object.keys(results[0] ?? {}), rows: results.map((row) => Object.values(row)) };
}
