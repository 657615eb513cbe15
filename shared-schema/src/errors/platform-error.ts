import { ERROR_CODES, type ErrorCode, type ErrorStatus } from './error-codes.ts';

/** What a caller may know about the error: field names, limits, ids. Never a secret, never another account's data. */
export type ErrorContext = Readonly<Record<string, unknown>>;

export interface PlatformErrorOptions {
  readonly context?: ErrorContext;
  readonly cause?: unknown;
  /** How long to wait before the next try, in milliseconds, where somebody said so (Retry-After). */
  readonly retryAfterMs?: number;
}

/**
 * The one error type that crosses a boundary. Status, retryability and message come from {@link ERROR_CODES};
 * `context` says which field or thing, `cause` keeps what happened underneath for the log and never leaves us.
 */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly status: ErrorStatus;
  readonly context: ErrorContext;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, options: PlatformErrorOptions = {}) {
    const definition = ERROR_CODES[code];
    super(definition.message, { cause: options.cause });
    this.code = code;
    this.retryable = definition.retryable;
    this.status = definition.status;
    this.context = options.context ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** What is wrong with one field of a request: its path (`owner.email`) and a sentence that says what to send. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** An address that takes other methods than the one that came. */
export function methodNotAllowed(allow: readonly string[]): PlatformError {
  return new PlatformError('METHOD_NOT_ALLOWED', { context: { allow } });
}

/** A request whose named fields are not as they should be. */
export function validationFailed(...fields: FieldProblem[]): PlatformError {
  return new PlatformError('VALIDATION_FAILED', { context: { fields } });
}
