import { EventSourceParserStream } from 'eventsource-parser/stream';
import { isFinished, type Operation } from '#shared-schema/operations/operation.ts';
import { CliError } from './cli-error.ts';
import { printStepChanges } from './output/print-step-changes.ts';
import type { PlatformClient } from './platform-client.ts';

/**
 * Follows an operation to its end and shows each step as it goes (on standard error, so that `--json` stays clean).
 * Error: `OPERATION_FAILED` where it ended as failed.
 */
export async function watchOperation(platform: PlatformClient, id: string, options: { json?: boolean }) {
  let shown: Operation | null = null;
  for (;;) {
    for await (const operation of operationsOf(platform, id)) {
      if (!options.json) printStepChanges(shown, operation);
      shown = operation;
    }
    if (shown && isFinished(shown)) return succeeded(shown);
  }
}

async function* operationsOf(platform: PlatformClient, id: string): AsyncGenerator<Operation> {
  const stream = await platform.stream(`/operations/${encodeURIComponent(id)}`);
  const events = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { data } of events) yield JSON.parse(data) as Operation; // the platform's contract, tested there
}

function succeeded(operation: Operation): Operation {
  if (operation.status === 'succeeded') return operation;
  throw new CliError({
    code: 'OPERATION_FAILED',
    message: `${operation.kind} failed: ${operation.error?.code}: ${operation.error?.message}`,
    next: `Mend the cause, then: freehold operations retry ${operation.id}`,
  });
}
