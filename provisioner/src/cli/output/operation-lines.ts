import type { Operation } from '#shared-schema/operations/operation.ts';
import { recordLines } from './print.ts';
import { stepLines } from './step-lines.ts';

/** An operation, with how far it has come. */
export function operationLines(operation: Operation): string[] {
  const { steps, ...rest } = operation;
  const done = steps.filter(({ status }) => status === 'succeeded').length;
  return [
    ...recordLines({ ...rest, steps: `${done} of ${steps.length} done` }),
    ...stepLines(null, operation),
  ];
}
