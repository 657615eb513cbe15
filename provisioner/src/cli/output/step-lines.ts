import type { Operation, OperationStep } from '#shared-schema/operations/operation.ts';
import { duration } from './duration.ts';

/** A line for each step that ended or failed a try since the operation was shown last; `null`: was not shown. */
export function stepLines(shown: Operation | null, { steps }: Operation): string[] {
  const width = Math.max(...steps.map(({ name }) => name.length));
  return steps.flatMap((step, position) => {
    const before = shown?.steps[position];
    const line = stepLine(step, width);
    return line !== null && (!before || stepLine(before, width) !== line) ? [line] : [];
  });
}

function stepLine({ name, status, attempts, started_at, finished_at, error }: OperationStep, width: number) {
  const title = name.padEnd(width);
  if (status === 'succeeded') {
    const took = duration((finished_at ?? 0) - (started_at ?? 0));
    return `  ✓ ${title}  ${took}${attempts > 1 ? `, ${attempts} attempts` : ''}`;
  }
  if (!error) return null;
  return `  ${status === 'failed' ? '✗' : '…'} ${title}  attempt ${attempts}: ${error.code}: ${error.message}`;
}
