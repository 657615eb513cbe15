import { APIConnectionError, APIError } from 'cloudflare/core/error';
import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { retryAfterMs } from './retry-after.ts';

/** Cloudflare's numeric codes that mean something to provisioning (D1, Workers and Cloudflare for SaaS REST APIs, November 2026). */
const CODES: Readonly<Record<number, ErrorCode>> = {
  1406: 'HOSTNAME_CONFLICT',
  1436: 'HOSTNAME_NOT_FOUND',
  7404: 'DATABASE_NOT_FOUND',
  7406: 'DATABASE_QUOTA_REACHED',
  7502: 'DATABASE_CONFLICT',
  10007: 'WORKER_NOT_FOUND',
  10092: 'WORKER_NOT_FOUND',
};

/** Settles as the call does, with what it threw as a {@link PlatformError}. */
export async function translateErrors<Answer>(call: PromiseLike<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (cause) {
    throw translate(cause);
  }
}

function translate(cause: unknown): unknown {
  // What our own fetch threw comes wrapped by the SDK.
  if (cause instanceof APIConnectionError && cause.cause instanceof PlatformError) return cause.cause;
  if (cause instanceof APIConnectionError) return new PlatformError('CLOUDFLARE_UNAVAILABLE', { cause });
  if (!(cause instanceof APIError)) return cause;
  const context = { status: cause.status ?? null, cloudflare_codes: cause.errors.map((error) => error.code) };
  if (cause.status === 429) return rateLimited(cause, context);
  const code = cause.errors.map((error) => CODES[error.code ?? 0]).find((known) => known !== undefined);
  if (code) return new PlatformError(code, { cause, context });
  return new PlatformError(isPassing(cause.status) ? 'CLOUDFLARE_UNAVAILABLE' : 'CLOUDFLARE_REJECTED', {
    cause,
    context,
  });
}

/** A conflict is with another call at the same time: two drivers may restore one database, and either's success will do. */
function isPassing(status: number | undefined): boolean {
  return status === undefined || status === 408 || status === 409 || status >= 500;
}

function rateLimited(cause: APIError, context: Record<string, unknown>): PlatformError {
  const wait = retryAfterMs(cause.headers);
  return new PlatformError('CLOUDFLARE_RATE_LIMITED', {
    ...{ cause, context },
    ...(wait !== null && { retryAfterMs: wait }),
  });
}
