import * as z from 'zod';
import { ERROR_CODES, type ErrorCode } from './error-codes.ts';
import { PlatformError } from './platform-error.ts';

const codes = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]; // the table is a literal and never empty

/** The body of every error answer. */
export const errorEnvelopeSchema = z.object({
  error: z.object({
    code: z.enum(codes),
    message: z.string(),
    context: z.record(z.string(), z.unknown()),
    request_id: z.string(),
  }),
});

export type ErrorEnvelope = z.infer<typeof errorEnvelopeSchema>;

/**
 * The answer for any thrown value. An error we do not know answers 500 `INTERNAL` with the request id and nothing
 * of its own text. `Retry-After` (whole seconds, rounded up) is sent where a wait is known, `Allow` with
 * `METHOD_NOT_ALLOWED`.
 */
export function errorResponse(thrown: unknown, requestId: string): Response {
  const error = asPlatformError(thrown);
  const headers = new Headers({ 'content-type': 'application/json', 'x-request-id': requestId });
  if (error.retryAfterMs !== undefined) {
    headers.set('retry-after', String(Math.ceil(error.retryAfterMs / 1000)));
  }
  if (Array.isArray(error.context.allow)) headers.set('allow', error.context.allow.join(', '));
  return new Response(JSON.stringify(errorEnvelope(error, requestId)), { status: error.status, headers });
}

export function errorEnvelope(error: PlatformError, requestId: string): ErrorEnvelope {
  return {
    error: { code: error.code, message: error.message, context: error.context, request_id: requestId },
  };
}

/** The value itself where it is a PlatformError, else `INTERNAL` with the value as its cause. */
export function asPlatformError(thrown: unknown): PlatformError {
  return thrown instanceof PlatformError ? thrown : new PlatformError('INTERNAL', { cause: thrown });
}
