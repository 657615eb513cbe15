import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import type { Call } from './call.ts';

/** One line of JSON for an error that is our fault: where and what, and nothing that a caller sent. */
export function logFailure(call: Call, thrown: unknown): void {
  const error = asPlatformError(thrown);
  if (error.status < 500) return;
  console.error(
    JSON.stringify({
      level: 'error',
      request_id: call.requestId,
      stack_id: call.env.STACK_ID,
      code: error.code,
      context: error.context,
      stack: stackTrace(error),
    }),
  );
}

function stackTrace(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? String(error);
  return error.cause === undefined ? own : `${own}\ncaused by: ${stackTrace(error.cause)}`;
}
