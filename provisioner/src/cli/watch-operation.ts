import { EventSourceParserStream } from 'eventsource-parser/stream';
import { isFinished, type Operation } from '#shared-schema/operations/operation.ts';
import { CliError } from './cli-error.ts';
import { whenInterrupted } from './interruption.ts';
import { StepProgress } from './output/step-progress.ts';
import type { PlatformClient } from './platform-client.ts';

/**
 * Follows an operation to its end and shows each step as it goes (on standard error, so that `--json` stays clean).
 * Errors: `OPERATION_FAILED` where it ended as failed; `NOT_REACHED` where the platform went away meanwhile.
 */
export async function watchOperation(platform: PlatformClient, id: string, options: { json?: boolean }) {
  using _ = whenInterrupted(() => {
    if (!options.json) process.stderr.write(`\nIt goes on. Follow it: freehold operations watch ${id}\n`);
  });
  const progress = new StepProgress();
  for (;;) {
    for await (const operation of operationsOf(platform, id)) {
      if (!options.json) progress.show(operation);
      if (isFinished(operation)) return succeeded(operation);
    }
  }
}

async function* operationsOf(platform: PlatformClient, id: string): AsyncGenerator<Operation> {
  const stream = await platform.stream(`/operations/${encodeURIComponent(id)}`);
  const events = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  try {
    for await (const { data } of events) yield JSON.parse(data) as Operation; // the platform's contract, tested there
  } catch (cause) {
    throw new CliError({
      code: 'NOT_REACHED',
      message: 'The platform went away while the operation was followed.',
      next: `It goes on by itself. Follow it: freehold operations watch ${id}`,
      cause,
    });
  }
}

function succeeded(operation: Operation): Operation {
  if (operation.status === 'succeeded') return operation;
  throw new CliError({
    code: 'OPERATION_FAILED',
    message: `${operation.kind} failed: ${operation.error?.code}: ${operation.error?.message}`,
    next: `Mend the cause, then: freehold operations retry ${operation.id}`,
  });
}
