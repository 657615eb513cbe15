import { errorEnvelopeSchema } from '#shared-schema/errors/error-envelope.ts';
import { CliError } from './cli-error.ts';
import type { Connection } from './connection.ts';

/** What to do about an error that the platform answers, where it can be said: `<name>` stands for what its context names. */
const NEXT_STEPS: Readonly<Record<string, string>> = {
  ACCOUNT_NOT_FOUND: 'See which accounts there are: freehold accounts list',
  DELETION_NOT_SETTLED: 'See how far it is: freehold operations list --filter kind=delete',
  ADMIN_TOKEN_INVALID: 'Set FREEHOLD_ADMIN_TOKEN to the token of this platform.',
  CUSTOM_HOSTNAMES_NOT_CONFIGURED:
    'Have them: freehold bootstrap --domain <domain> --custom-hostnames (docs/deploy.md)',
  HOSTNAME_NOT_FOUND: 'See which host names it has: freehold accounts hostnames <slug>',
  KEYS_NOT_EVERYWHERE: 'Upload them again: freehold keys distribute',
  NO_RELEASE: 'Publish one: freehold releases publish',
  OPERATION_IN_PROGRESS: 'Follow that one: freehold operations watch <operation_id>',
  OPERATION_NOT_FOUND: 'See which operations there are: freehold operations list',
  RELEASE_NOT_FOUND: 'See which releases there are: freehold releases list',
  ROLLOUT_NOT_FOUND: 'See which rollouts there are: freehold rollouts list',
  ROLLOUT_EMPTY: 'See what runs where: freehold rollouts status',
  ROLLOUT_IN_PROGRESS: 'See how it stands: freehold rollouts status <rollout_id>',
  ROLLOUT_STATUS_CONFLICT: 'See the rollouts: freehold rollouts list',
  RELEASE_OVERTAKEN: 'Try it against the release that is current now: freehold releases publish',
  PROVIDER_NOT_FOUND: 'See which providers there are: freehold providers list',
};

/** An answer that takes longer does not come: 30 seconds. */
const READ_TIMEOUT_MS = 30_000;

/** Speaks to the platform over HTTP, as anybody could. Errors are {@link CliError}s with the platform's own code. */
export class PlatformClient {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async get<Answer>(path: string): Promise<Answer> {
    return this.#json<Answer>(
      await this.#send('GET', path, { signal: AbortSignal.timeout(READ_TIMEOUT_MS) }),
    );
  }

  async post<Answer>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send<Answer>('POST', path, body, headers);
  }

  async send<Answer>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.#json<Answer>(await this.#send(method, path, { body: JSON.stringify(body), headers }));
  }

  /** The bytes of a file. */
  async download(path: string): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.#send('GET', path);
    if (!body) throw new CliError({ code: 'NO_FILE', message: 'The platform sent no file.' });
    return body;
  }

  /** The bytes of a server-sent event stream. */
  async stream(path: string): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#send('GET', path, { headers: { accept: 'text/event-stream' } });
    if (!response.body) throw new CliError({ code: 'NO_STREAM', message: 'The platform sent no stream.' });
    return response.body;
  }

  async #send(
    method: string,
    path: string,
    { body, headers, signal }: { body?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<Response> {
    const { url, adminToken } = this.#connection;
    let response: Response;
    try {
      response = await fetch(`${url}${path}`, {
        method,
        headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json', ...headers },
        ...(body !== undefined && { body }),
        ...(signal && { signal }),
      });
    } catch (cause) {
      throw this.#notReached(cause);
    }
    if (!response.ok) throw await refusal(response);
    return response;
  }

  async #json<Answer>(response: Response): Promise<Answer> {
    try {
      return (await response.json()) as Answer; // the platform's contract, tested there
    } catch (cause) {
      throw this.#notReached(cause);
    }
  }

  #notReached(cause: unknown): CliError {
    return new CliError({
      code: 'NOT_REACHED',
      message: `The platform at ${this.#connection.url} does not answer.`,
      next: 'Is it running? Start it with `npm start`.',
      retryable: true,
      cause,
    });
  }
}

async function refusal(response: Response): Promise<CliError> {
  const text = await response.text();
  const retryable = response.status === 429 || response.status >= 500;
  const envelope = errorEnvelopeSchema.safeParse(parse(text));
  if (!envelope.success) {
    return new CliError({
      code: `HTTP_${response.status}`,
      message: text.slice(0, 500) || response.statusText,
      retryable,
    });
  }
  const { code, message, context, request_id } = envelope.data.error;
  return new CliError({
    code,
    message,
    context,
    requestId: request_id,
    retryable,
    next: nextStep(code, context),
  });
}

function nextStep(code: string, context: Readonly<Record<string, unknown>>): string | undefined {
  return NEXT_STEPS[code]?.replace(/<(\w+_id)>/g, (name, field: string) => String(context[field] ?? name));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
