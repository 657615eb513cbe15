import type { z } from 'zod';
import {
  type ClaimCopy,
  type ClaimedCopy,
  CONTROL_PREFIX,
  type Credentials,
  claimedCopySchema,
  type EnsureOwner,
  type Migrate,
  type MigrateResult,
  migrateResultSchema,
  type OpenedSession,
  openedSessionSchema,
  type StackHealth,
  type StackSchema,
  stackHealthSchema,
  stackSchemaSchema,
  type TakeOver,
} from '#shared-schema/control/control-calls.ts';
import {
  type AcceptInvitationCall,
  type CompletedPasswordReset,
  type CompletePasswordResetCall,
  completedPasswordResetSchema,
  type PasswordResetCall,
  type PasswordResetResult,
  passwordResetResultSchema,
} from '#shared-schema/control/people-calls.ts';
import { isErrorCode } from '#shared-schema/errors/error-codes.ts';
import { errorEnvelopeSchema } from '#shared-schema/errors/error-envelope.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import {
  type DocumentVersion,
  documentVersionSchema,
  type ListedFiles,
  type ListFiles,
  listedFilesSchema,
  type ReviewedFiles,
  type ReviewFiles,
  reviewedFilesSchema,
  type StoredFile,
} from '#shared-schema/files/file-calls.ts';
import { answerJson } from '#shared-schema/http/answer-json.ts';
import { REQUEST_ID_HEADER } from '#shared-schema/http/headers.ts';

/** The longest one control call may take: 20 seconds. Shorter than an operation's lease. */
export const CONTROL_CALL_TIMEOUT_MS = 20_000;

export interface ControlTarget {
  readonly stackId: string;
  readonly workerName: string;
}

export interface ControlClientOptions {
  readonly dispatch: (workerName: string, request: Request) => Promise<Response>;
  readonly mintControlToken: (stackId: string) => Promise<string>;
  /** Goes into the account Worker's log too, so that one request can be followed through both. */
  readonly requestId: string;
}

/**
 * Orders to account Workers. Each is safe to repeat but those that open or rotate a session or use up a one-time
 * token.
 *
 * Errors: the account Worker's own codes; `ACCOUNT_UNAVAILABLE` where it did not answer; `STACK_UNHEALTHY` where the
 * answer is not one that an account Worker gives.
 */
export class ControlClient {
  readonly #options: ControlClientOptions;

  constructor(options: ControlClientOptions) {
    this.#options = options;
  }

  health(target: ControlTarget): Promise<StackHealth> {
    return this.#call(target, 'GET', 'health', stackHealthSchema);
  }

  /** What the database consists of. Only releases that carry their own `schema` answer this. */
  schema(target: ControlTarget): Promise<StackSchema> {
    return this.#call(target, 'GET', 'schema', stackSchemaSchema);
  }

  /** Up to the Worker's own migrations, or to the order's. */
  migrate(target: ControlTarget, order: Migrate = {}): Promise<MigrateResult> {
    return this.#call(target, 'POST', 'migrate', migrateResultSchema, order);
  }

  ensureOwner(target: ControlTarget, order: EnsureOwner): Promise<StackHealth> {
    return this.#call(target, 'PUT', 'owner', stackHealthSchema, order);
  }

  takeOver(target: ControlTarget, order: TakeOver): Promise<StackHealth> {
    return this.#call(target, 'POST', 'take-over', stackHealthSchema, order);
  }

  claimCopy(target: ControlTarget, order: ClaimCopy): Promise<ClaimedCopy> {
    return this.#call(target, 'POST', 'claim-copy', claimedCopySchema, order);
  }

  authenticate(target: ControlTarget, credentials: Credentials): Promise<OpenedSession> {
    return this.#call(target, 'POST', 'authenticate', openedSessionSchema, credentials);
  }

  refresh(target: ControlTarget, refreshToken: string): Promise<OpenedSession> {
    return this.#call(target, 'POST', 'refresh', openedSessionSchema, { refresh_token: refreshToken });
  }

  openExternalSession(target: ControlTarget, email: string): Promise<OpenedSession> {
    return this.#call(target, 'POST', 'open-external-session', openedSessionSchema, { email });
  }

  acceptInvitation(target: ControlTarget, call: AcceptInvitationCall): Promise<OpenedSession> {
    return this.#call(target, 'POST', 'accept-invitation', openedSessionSchema, call);
  }

  requestPasswordReset(target: ControlTarget, call: PasswordResetCall): Promise<PasswordResetResult> {
    return this.#call(target, 'POST', 'request-password-reset', passwordResetResultSchema, call);
  }

  completePasswordReset(
    target: ControlTarget,
    call: CompletePasswordResetCall,
  ): Promise<CompletedPasswordReset> {
    return this.#call(target, 'POST', 'complete-password-reset', completedPasswordResetSchema, call);
  }

  storeFile(target: ControlTarget, file: StoredFile): Promise<DocumentVersion> {
    return this.#call(target, 'PUT', 'files/stored', documentVersionSchema, file);
  }

  listFiles(target: ControlTarget, order: ListFiles): Promise<ListedFiles> {
    return this.#call(target, 'POST', 'files/list', listedFilesSchema, order);
  }

  reviewFiles(target: ControlTarget, files: ReviewFiles): Promise<ReviewedFiles> {
    return this.#call(target, 'POST', 'files/review', reviewedFilesSchema, files);
  }

  async #call<Schema extends z.ZodType>(
    target: ControlTarget,
    method: string,
    name: string,
    answerSchema: Schema,
    body?: unknown,
  ): Promise<z.output<Schema>> {
    const token = await this.#options.mintControlToken(target.stackId);
    const { ok, status, answer } = await this.#send(
      target,
      new Request(`https://${target.workerName}${CONTROL_PREFIX}/${name}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          [REQUEST_ID_HEADER]: this.#options.requestId,
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(CONTROL_CALL_TIMEOUT_MS),
      }),
    );
    if (!ok) throw refusal(answer, status);
    const parsed = answerSchema.safeParse(answer);
    if (!parsed.success)
      throw new PlatformError('STACK_UNHEALTHY', { cause: parsed.error, context: { call: name } });
    return parsed.data;
  }

  async #send(target: ControlTarget, request: Request) {
    try {
      const response = await this.#options.dispatch(target.workerName, request);
      return { ok: response.ok, status: response.status, answer: await answerJson(response) };
    } catch (cause) {
      // An answer that breaks off is none either.
      throw cause instanceof PlatformError ? cause : new PlatformError('ACCOUNT_UNAVAILABLE', { cause });
    }
  }
}

function refusal(answer: unknown, status: number): PlatformError {
  const envelope = errorEnvelopeSchema.safeParse(answer);
  if (!envelope.success) return new PlatformError('STACK_UNHEALTHY', { context: { status } });
  const { code, context } = envelope.data.error;
  // An account Worker that does not know the call refused our token: its keys are not ours.
  if (!isErrorCode(code) || code === 'NOT_FOUND')
    return new PlatformError('STACK_UNHEALTHY', { context: { status } });
  return new PlatformError(code, { context });
}
