import type { Operation, OperationKind } from '#shared-schema/operations/operation.ts';
import { OPERATION_KINDS } from '../operations/operation-kinds.ts';
import type { SqlCondition } from './events.ts';

export interface NewOperationFacts {
  readonly id: string;
  readonly kind: OperationKind;
  readonly accountId: string | null;
  readonly now: number;
}

/** An operation before anybody has worked on it, as callers see it. */
export function newOperation({ id, kind, accountId, now }: NewOperationFacts): Operation {
  const steps = OPERATION_KINDS[kind].steps.map(({ name }) => ({
    name,
    status: 'pending' as const,
    attempts: 0,
    started_at: null,
    finished_at: null,
    error: null,
  }));
  return {
    ...{ id, kind, account_id: accountId, status: 'pending', steps, error: null, created_at: now },
    finished_at: null,
  };
}

export interface OperationRecord {
  readonly operation: Operation;
  /** An SQL expression for the id of the stack that it works on, and its parameters. */
  readonly stack: SqlCondition;
  readonly input: unknown;
}

/** Writes the operation and its steps where the condition holds. The first of the statements answers its id. */
export function insertOperation(
  registry: D1Database,
  { operation, stack, input }: OperationRecord,
  condition: SqlCondition,
): D1PreparedStatement[] {
  const { id, kind, account_id, status, created_at, steps } = operation;
  return [
    registry
      .prepare(
        `INSERT INTO operations (id, kind, account_id, stack_id, status, input, available_at, created_at, updated_at)
         SELECT ?, ?, ?, ${stack.sql}, ?, ?, ?, ?, ? WHERE ${condition.sql} RETURNING id`,
      )
      .bind(
        ...[id, kind, account_id, ...stack.params, status, JSON.stringify(input)],
        ...[created_at, created_at, created_at, ...condition.params],
      ),
    registry
      .prepare(
        `INSERT INTO operation_steps (operation_id, position, name, status)
         SELECT ?1, key, value, 'pending' FROM json_each(?2) WHERE EXISTS (SELECT 1 FROM operations WHERE id = ?1)`,
      )
      .bind(id, JSON.stringify(steps.map((step) => step.name))),
  ];
}
