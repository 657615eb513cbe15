import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { convertV4MiniflareOptions, Miniflare, type V4ModuleDefinition } from 'miniflare';
import type { FieldProblem } from '#shared-schema/errors/platform-error.ts';
import { bundleWorker } from './bundle.ts';

const ISSUER = 'https://platform.test';
const ACCOUNT_URL = 'https://freehold.test/a/acme';
const ENTRY = join(import.meta.dirname, '../../account-worker-template/src/index.ts');

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

export interface Stack {
  readonly stackId: string;
  /** Two stacks of the same database are two isolates of one Worker, or a Worker bound to a foreign database. */
  readonly databaseId?: string;
  /** What the Worker believes it is, where that is not its own name. */
  readonly identity?: string;
}

/** What an account Worker answers, all kinds in one: a field that is not there fails the test that expected it. */
export interface AnsweredBody {
  readonly id: string;
  readonly version: number;
  readonly email: string;
  readonly seq: number;
  readonly created_at: number;
  readonly kind: string;
  readonly company_name: string;
  readonly data: readonly AnsweredBody[];
  readonly next_cursor: string | null;
  readonly session_id: string;
  readonly refresh_token: string;
  readonly user: AnsweredBody;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly request_id: string;
    readonly context: { readonly fields: readonly FieldProblem[]; readonly [name: string]: unknown };
  };
  readonly [field: string]: unknown;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnsweredBody;
}

export interface SendOptions {
  readonly method?: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Account Workers in one real workerd, each with a real D1, and the keys that sign for them. */
export class AccountWorkers {
  readonly keys: KeyPair;
  readonly #miniflare: Miniflare;
  readonly #errors: readonly string[];

  private constructor(miniflare: Miniflare, keys: KeyPair, errors: readonly string[]) {
    this.#miniflare = miniflare;
    this.keys = keys;
    this.#errors = errors;
  }

  static async start(...stacks: readonly Stack[]): Promise<AccountWorkers> {
    const keys = await generateKeyPair('EdDSA', { extractable: true });
    const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'current', alg: 'EdDSA' }] };
    const modules = await bundledWorker();
    const workers = stacks.map(({ stackId, databaseId = stackId, identity = stackId }) => ({
      name: stackId,
      modules,
      compatibilityDate: '2026-11-01',
      bindings: {
        STACK_ID: identity,
        RELEASE_ID: '0123456789abcdef',
        PLATFORM_KEYS: JSON.stringify(jwks),
        PLATFORM_ISSUER: ISSUER,
      },
      d1Databases: { DB: databaseId },
    }));
    const errors: string[] = [];
    const handleStructuredLogs = ({ level, message }: { level: string; message: string }) => {
      if (level === 'error') errors.push(message);
    };
    const options = convertV4MiniflareOptions({ workers, handleStructuredLogs });
    return new AccountWorkers(new Miniflare(options), keys, errors);
  }

  /** The lines that the Workers wrote with console.error, once there are as many. */
  async waitForErrors(count: number): Promise<readonly string[]> {
    while (this.#errors.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    return this.#errors;
  }

  async send(stack: Stack, path: string, options: SendOptions = {}): Promise<Answered> {
    const worker = await this.#miniflare.getWorker(stack.stackId);
    const headers = new Headers({ 'x-freehold-account-url': ACCOUNT_URL, ...options.headers });
    if (options.token !== undefined) headers.set('authorization', `Bearer ${options.token}`);
    if (options.body !== undefined && !headers.has('content-type')) {
      headers.set('content-type', 'application/json');
    }
    const response = await worker.fetch(`http://account${path}`, {
      method: options.method ?? 'GET',
      headers: Object.fromEntries(headers),
      ...(options.body === undefined ? {} : { body: bodyText(options.body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: new Headers(Object.fromEntries(response.headers)),
      body: text === '' ? null : JSON.parse(text),
    };
  }

  /** The stack's database itself, to look into it and to move its times. */
  async database(stack: Stack) {
    return this.#miniflare.getD1Database('DB', stack.stackId);
  }

  controlToken(stack: Stack, claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return this.sign({ scope: 'control', aud: stack.identity ?? stack.stackId, ...claims });
  }

  /** Signs the claims as the platform would, with what every token has. */
  sign(claims: Readonly<Record<string, unknown>>, key: KeyPair['privateKey'] = this.keys.privateKey) {
    const now = Math.floor(Date.now() / 1000);
    const payload = { iss: ISSUER, iat: now, exp: now + 60, ...claims };
    return new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA', kid: 'current' }).sign(key);
  }

  async stop(): Promise<void> {
    await this.#miniflare.dispose();
  }
}

function bodyText(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

let bundle: Promise<V4ModuleDefinition[]> | undefined;

/** The Worker as it is deployed: made once per test file. */
function bundledWorker(): Promise<V4ModuleDefinition[]> {
  bundle ??= bundleWorker(ENTRY);
  return bundle;
}
