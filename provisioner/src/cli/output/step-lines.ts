import type { Operation, OperationStep } from '#shared-schema/operations/operation.ts';

/** Prints a line to standard error for each step that ended or failed a try since the operation was shown last. */
export function printStepChanges(shown: Operation | null, operation: Operation): void {
  for (const [position, step] of operation.steps.entries()) {
    const before = shown?.steps[position];
    const line = stepLine(step);
    if (line && (!before || stepLine(before) !== line)) process.stderr.write(`${line}\n`);
  }
}

function stepLine(step: OperationStep): string | null {
  const { name, status, attempts, started_at, finished_at, error } = step;
  if (status === 'succeeded') {
    return `  ✓ ${name.padEnd(18)} ${(finished_at ?? 0) - (started_at ?? 0)} ms${attempts > 1 ? `, ${attempts} attempts` : ''}`;
  }
  if (error)
    return `  ${status === 'failed' ? '✗' : '…'} ${name.padEnd(18)} attempt ${attempts}: ${error.code}: ${error.message}`;
  return null;
}
