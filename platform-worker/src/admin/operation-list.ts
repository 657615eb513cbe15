import {
  OPERATION_COLUMNS,
  STEP_COLUMNS,
  toOperation,
  toOperationRow,
  toStepRow,
} from '#provisioner/registry/operation-rows.ts';
import { choicesOf } from '#shared-schema/lists/choices.ts';
import type { ListDefinition } from '#shared-schema/lists/list-definition.ts';
import { parseListQuery } from '#shared-schema/lists/list-query.ts';
import { listPage, listStatement } from '#shared-schema/lists/list-statement.ts';
import { operationSchema } from '#shared-schema/operations/operation.ts';

export const OPERATION_LIST: ListDefinition = {
  table: 'operations',
  columns: OPERATION_COLUMNS.split(', '),
  where: '1',
  indexed: { account_id: 'text', status: 'text', kind: 'text', created_at: 'integer' },
  choices: choicesOf(operationSchema.shape),
  fields: Object.keys(operationSchema.shape),
};

/** `GET /admin/operations`: a page of operations with their steps, in two reads however many they are. */
export async function listOperations(registry: D1Database, url: string): Promise<Response> {
  const query = parseListQuery(new URL(url).searchParams, OPERATION_LIST);
  const { sql, params } = listStatement(OPERATION_LIST, query);
  const { results } = await registry
    .prepare(sql)
    .bind(...params)
    .all();
  const rows = results.map(toOperationRow);
  const steps = await registry
    .prepare(
      `SELECT ${STEP_COLUMNS} FROM operation_steps WHERE operation_id IN (SELECT value FROM json_each(?)) ORDER BY operation_id, position`,
    )
    .bind(JSON.stringify(rows.map((row) => row.id)))
    .all();
  const stepsOf = Map.groupBy(steps.results.map(toStepRow), (step) => step.operation_id);
  return Response.json(listPage(rows, query, (row) => toOperation(row, stepsOf.get(row.id) ?? [])));
}
