import assert from 'node:assert/strict';

/** What the tests are given: where the account is, and the headers of a request by its owner, sent with every request. */
export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnsweredBody;
}

/** What the account answers, all kinds in one: a field that is not there fails the test that expected it. */
export interface AnsweredBody {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly last_name: string;
  readonly seq: number;
  readonly action: string;
  readonly client: AnsweredBody;
  readonly data: readonly AnsweredBody[];
  readonly next_cursor: string | null;
  readonly paths: Readonly<Record<string, unknown>>;
  readonly error: {
    readonly code: string;
    readonly context: { readonly fields: readonly { readonly field: string }[] };
  };
  readonly [field: string]: unknown;
}

interface Options {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Requests to one account, each of which has to be answered with the expected status. */
export class Api {
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  get(path: string, status = 200): Promise<Answer> {
    return this.send('GET', path, status);
  }

  post(path: string, body: unknown, headers: Options['headers'] = {}): Promise<Answer> {
    return this.send('POST', path, 201, { body, headers });
  }

  async send(method: string, path: string, status: number, options: Options = {}): Promise<Answer> {
    const { body, headers } = options;
    const response = await fetch(`${this.#target.url}${path}`, {
      method,
      headers: {
        ...this.#target.headers,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.equal(response.status, status, `${method} ${path} answered ${response.status}: ${text}`);
    return { status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
  }
}
