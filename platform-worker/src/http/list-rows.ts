import type { z } from 'zod';
import type { ListDefinition } from '#shared-schema/lists/list-definition.ts';
import { parseListQuery } from '#shared-schema/lists/list-query.ts';
import { listPage, listStatement } from '#shared-schema/lists/list-statement.ts';

export interface RegistryList<Row extends { readonly id: string }, Item extends object> {
  readonly definition: ListDefinition;
  readonly rowSchema: z.ZodType<Row>;
  readonly toItem: (row: Row) => Item;
}

/** Answers one page of a registry list: `{data, next_cursor}`. Errors: `VALIDATION_FAILED`, `CURSOR_INVALID`. */
export async function answerList<Row extends { readonly id: string }, Item extends object>(
  registry: D1Database,
  url: string,
  list: RegistryList<Row, Item>,
): Promise<Response> {
  const query = parseListQuery(new URL(url).searchParams, list.definition);
  const { sql, params } = listStatement(list.definition, query);
  const { results } = await registry
    .prepare(sql)
    .bind(...params)
    .all();
  const sortField = query.sort.field;
  const rows = results.map((row) => ({ ...list.rowSchema.parse(row), [sortField]: row[sortField] }));
  return Response.json(listPage(rows, query, list.toItem));
}
