import { getOperation } from '#provisioner/registry/operations.ts';
import { isFinished } from '#shared-schema/operations/operation.ts';

/** How often the registry is asked for news, and how long one stream lasts at most, in milliseconds. */
export const STREAM_POLL_MS = 150;
export const STREAM_LIFETIME_MS = 5 * 60_000;

/**
 * The operation as server-sent events: `event: operation` with the whole operation as JSON, at once and whenever it
 * changes, until it ends. A client whose stream ended before that connects again, as EventSource does by itself.
 *
 * Error: `OPERATION_NOT_FOUND`, before the stream begins.
 */
export async function streamOperation(registry: D1Database, operationId: string, signal: AbortSignal) {
  let operation = await getOperation(registry, operationId);
  const started = Date.now();
  const encoder = new TextEncoder();
  let sent = '';
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      while (JSON.stringify(operation) === sent) {
        if (isFinished(operation) || signal.aborted || Date.now() - started > STREAM_LIFETIME_MS) {
          return controller.close();
        }
        await new Promise((resolve) => setTimeout(resolve, STREAM_POLL_MS));
        operation = await getOperation(registry, operationId);
      }
      sent = JSON.stringify(operation);
      controller.enqueue(encoder.encode(`event: operation\ndata: ${sent}\n\n`));
    },
  });
  return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
}
