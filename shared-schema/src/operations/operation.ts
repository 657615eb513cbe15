import * as z from 'zod';
import { timestampSchema, uuidSchema } from '../fields/fields.ts';

export const operationStatusSchema = z.enum(['pending', 'running', 'succeeded', 'failed']);
export type OperationStatus = z.infer<typeof operationStatusSchema>;

export const operationKindSchema = z.enum([
  'provision',
  'prepare-stack',
  'suspend',
  'resume',
  'change-slug',
  'repair',
  'upgrade',
  'export',
  'restore',
  'restore-export',
  'clone',
  'delete',
  'undelete',
  'purge',
  'add-hostname',
  'remove-hostname',
]);
export type OperationKind = z.infer<typeof operationKindSchema>;

/** Why a step or an operation failed last: a stable code and its sentence, nothing of another account. */
export const operationErrorSchema = z.object({ code: z.string(), message: z.string() });
export type OperationError = z.infer<typeof operationErrorSchema>;

export const operationStepSchema = z.object({
  name: z.string(),
  status: operationStatusSchema,
  attempts: z.int(),
  started_at: timestampSchema.nullable(),
  finished_at: timestampSchema.nullable(),
  error: operationErrorSchema.nullable(),
});
export type OperationStep = z.infer<typeof operationStepSchema>;

/**
 * A durable piece of work on one account, or on a stack that belongs to none yet (`account_id` null). `error` of a running
 * operation is that of its last failed try.
 */
export const operationSchema = z.object({
  id: uuidSchema,
  kind: operationKindSchema,
  account_id: uuidSchema.nullable(),
  status: operationStatusSchema,
  steps: z.array(operationStepSchema),
  error: operationErrorSchema.nullable(),
  created_at: timestampSchema,
  finished_at: timestampSchema.nullable(),
});
export type Operation = z.infer<typeof operationSchema>;

export function isFinished(operation: Pick<Operation, 'status'>): boolean {
  return operation.status === 'succeeded' || operation.status === 'failed';
}
