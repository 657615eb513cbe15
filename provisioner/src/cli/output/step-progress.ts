import { isFinished, type Operation } from '#shared-schema/operations/operation.ts';
import { stepLines } from './step-lines.ts';

const ERASE_LINE = '\u001b[2K';

/** Shows on standard error how an operation goes on: a line for each step that ends; at a terminal the one at work, too. */
export class StepProgress {
  #shown: Operation | null = null;

  show(operation: Operation): void {
    const { stderr } = process;
    if (stderr.isTTY) stderr.write(ERASE_LINE);
    for (const line of stepLines(this.#shown, operation)) stderr.write(`${line}\n`);
    this.#shown = operation;
    const atWork = isFinished(operation)
      ? undefined
      : operation.steps.find(({ status }) => status !== 'succeeded');
    if (stderr.isTTY && atWork) stderr.write(`  … ${atWork.name}\r`);
  }
}
