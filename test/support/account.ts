import { randomUUID } from 'node:crypto';
import { hashPassword } from '#shared-schema/hashing/password-hash.ts';
import { AccountWorkers, type Answered, type SendOptions, type Stack } from './account-worker.ts';

/** A hash that costs nothing to check; what Argon2id costs in earnest is a test of its own. */
export const CHEAP_HASH = { m: 8, t: 1, p: 1 } as const;
export const OWNER_PASSWORD = 'a long enough password';

/** A person with a session, who sends requests. */
export interface Visitor {
  readonly id: string;
  readonly sessionId: string;
  readonly token: string;
  readonly send: (path: string, options?: SendOptions) => Promise<Answered>;
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Answered>;
  readonly post: (
    path: string,
    body: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answered>;
  readonly patch: (
    path: string,
    body: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answered>;
  readonly remove: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Answered>;
}

/** One account on one stack, claimed by its owner. */
export class TestAccount {
  readonly id = randomUUID();
  readonly stack: Stack = { stackId: randomUUID() };
  readonly workers: AccountWorkers;
  readonly ownerEmail = 'owner@acme.test';
  owner: Visitor;

  private constructor(workers: AccountWorkers, stack: Stack) {
    this.workers = workers;
    this.stack = stack;
    this.owner = this.#visitor({ id: '', role: 'owner', sessionId: '', token: '' });
  }

  static async start(): Promise<TestAccount> {
    const stack = { stackId: randomUUID() };
    const account = new TestAccount(await AccountWorkers.start(stack), stack);
    const id = randomUUID();
    const password_hash = await hashPassword(OWNER_PASSWORD, CHEAP_HASH);
    const owner = { id, name: 'Olive Owner', email: account.ownerEmail, password_hash };
    const claimed = await account.control('PUT', '/_platform/owner', { account_id: account.id, owner });
    if (claimed.status !== 200) throw new Error(`The owner was refused: ${JSON.stringify(claimed.body)}`);
    account.owner = await account.openSession(id, 'owner');
    return account;
  }

  async control(method: string, path: string, body?: unknown): Promise<Answered> {
    const token = await this.workers.controlToken(this.stack);
    return this.workers.send(this.stack, path, { method, token, ...(body === undefined ? {} : { body }) });
  }

  /** Makes a user of the role and opens a session for them. */
  async addUser(role: string, email = `${randomUUID()}@acme.test`): Promise<Visitor> {
    const created = await this.owner.post('/users', { name: `A ${role}`, email, role });
    if (created.status !== 201) throw new Error(`The user was refused: ${JSON.stringify(created.body)}`);
    return this.openSession(created.body.id, role);
  }

  /** Opens a session without a password: what it would cost to hash one is not what these tests are about. */
  async openSession(userId: string, role: string): Promise<Visitor> {
    const sessionId = randomUUID();
    const now = Date.now();
    const database = await this.workers.database(this.stack);
    await database
      .prepare(
        'INSERT INTO sessions (id, user_id, created_at, expires_at, refresh_hash, rotated_at) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .bind(sessionId, userId, now, now + 60_000, 'none', now)
      .run();
    return this.#visitor({
      id: userId,
      role,
      sessionId,
      token: await this.accessToken(userId, sessionId, role),
    });
  }

  accessToken(userId: string, sessionId: string, role: string, claims: object = {}): Promise<string> {
    const identity = { aud: this.stack.stackId, account_id: this.id };
    return this.workers.sign({ scope: 'account', ...identity, sub: userId, sid: sessionId, role, ...claims });
  }

  async rows(sql: string, ...params: readonly (string | number)[]): Promise<Record<string, unknown>[]> {
    const database = await this.workers.database(this.stack);
    const { results } = await database
      .prepare(sql)
      .bind(...params)
      .all<Record<string, unknown>>();
    return results;
  }

  stop(): Promise<void> {
    return this.workers.stop();
  }

  #visitor({
    id,
    sessionId,
    token,
  }: {
    id: string;
    role: string;
    sessionId: string;
    token: string;
  }): Visitor {
    const send = (path: string, options: SendOptions = {}) =>
      this.workers.send(this.stack, path, { token, ...options });
    return {
      id,
      sessionId,
      token,
      send,
      get: (path, headers = {}) => send(path, { headers }),
      post: (path, body, headers = {}) => send(path, { method: 'POST', body, headers }),
      patch: (path, body, headers = {}) => send(path, { method: 'PATCH', body, headers }),
      remove: (path, headers = {}) => send(path, { method: 'DELETE', headers }),
    };
  }
}
