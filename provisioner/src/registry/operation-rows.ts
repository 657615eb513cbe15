import * as z from 'zod';
import {
  type Operation,
  operationErrorSchema,
  operationKindSchema,
  operationStatusSchema,
  operationStepSchema,
} from '#shared-schema/operations/operation.ts';

export const OPERATION_COLUMNS =
  'id, kind, account_id, stack_id, status, input, facts, generation, available_at, error, created_at, finished_at';
export const STEP_COLUMNS = 'operation_id, position, name, status, attempts, started_at, finished_at, error';

export const errorColumn = z
  .string()
  .nullable()
  .transform((text) => (text === null ? null : operationErrorSchema.parse(JSON.parse(text))));

const factsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const operationRowSchema = z.object({
  id: z.string(),
  kind: operationKindSchema,
  account_id: z.string().nullable(),
  stack_id: z.string(),
  status: operationStatusSchema,
  input: z.string().transform((text): unknown => JSON.parse(text)),
  facts: z.string().transform((text) => factsSchema.parse(JSON.parse(text))),
  generation: z.int(),
  available_at: z.int(),
  error: errorColumn,
  created_at: z.int(),
  finished_at: z.int().nullable(),
});
export type OperationRow = z.infer<typeof operationRowSchema>;

const stepRowSchema = operationStepSchema.extend({
  operation_id: z.string(),
  position: z.int(),
  error: errorColumn,
});
export type StepRow = z.infer<typeof stepRowSchema>;

export function toOperationRow(row: unknown): OperationRow {
  return operationRowSchema.parse(row);
}

export function toStepRow(row: unknown): StepRow {
  return stepRowSchema.parse(row);
}

/** The operation as callers see it: no input, no lease. */
export function toOperation(row: OperationRow, steps: readonly StepRow[]): Operation {
  const { id, kind, account_id, status, error, created_at, finished_at } = row;
  return {
    ...{ id, kind, account_id, status, error, created_at, finished_at },
    steps: steps.map(({ operation_id: _, position: __, ...step }) => step),
  };
}
