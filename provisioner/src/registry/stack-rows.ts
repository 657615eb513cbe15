import { type Stack, stackSchema } from '#shared-schema/stacks/stack.ts';

export const STACK_COLUMNS = Object.keys(stackSchema.shape).join(', ');

export function toStack(row: unknown): Stack {
  return stackSchema.parse(row);
}
