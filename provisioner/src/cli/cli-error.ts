export interface CliErrorOptions {
  readonly code: string;
  readonly message: string;
  /** What to do next, as a sentence. */
  readonly next?: string | undefined;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly requestId?: string | undefined;
  /** Whether it passes by itself. Default: false. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/** What a command tells its user when it could not do what was asked. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: string;
  readonly next: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;
  readonly requestId: string | undefined;
  readonly retryable: boolean;

  constructor({ code, message, next, context, requestId, retryable, cause }: CliErrorOptions) {
    super(message, { cause });
    this.code = code;
    this.next = next;
    this.context = context ?? {};
    this.requestId = requestId;
    this.retryable = retryable ?? false;
  }
}
