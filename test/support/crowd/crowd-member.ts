import type { Client } from 'undici';
import * as z from 'zod';
import { pageSchema, recordSchema, sessionSchema, type TestRecord } from '../open-account.ts';
import type { AcknowledgedWrites } from './acknowledged-writes.ts';
import type { Outcomes } from './outcomes.ts';
import type { Member } from './seed-members.ts';

/** How many requests the work of one member is. */
export const REQUESTS_PER_MEMBER = 6;
const BOOKMARK = 'x-d1-bookmark';

const changesSchema = z.object({ data: z.array(z.object({ action: z.string() })) });
const errorSchema = z.object({ error: z.object({ code: z.string() }) });

/** What all of a crowd share. */
export interface Crowd {
  /** The account's path on the platform. */
  readonly account: string;
  readonly outcomes: Outcomes;
  readonly writes: AcknowledgedWrites;
}

interface Sent {
  readonly method?: string;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The status that answers it well; 200 without. */
  readonly status?: number;
}

/** Ends a member's work. What failed is in the outcomes by then. */
class RequestFailed extends Error {}

/** One of a crowd: a user on a connection of their own, who sends one request after another. */
export class CrowdMember {
  readonly #client: Client;
  readonly #member: Member;
  readonly #crowd: Crowd;
  /** Sent with every request: who asks, and what the answer must have seen. */
  #headers: Readonly<Record<string, string>> = {};

  constructor(client: Client, member: Member, crowd: Crowd) {
    this.#client = client;
    this.#member = member;
    this.#crowd = crowd;
  }

  /** Does all of the work, or as much of it as succeeds. */
  async work(): Promise<void> {
    try {
      await this.#refreshSession();
      const client = await this.#writeClient(`Crowd${this.#member.number}`);
      await this.#workOn(client);
    } catch (thrown) {
      if (!(thrown instanceof RequestFailed)) throw thrown;
    }
  }

  async #refreshSession(): Promise<void> {
    const json = { refresh_token: this.#member.refreshToken };
    const session = await this.#send('refresh', '/sessions/refresh', sessionSchema, { method: 'POST', json });
    this.#expect('refresh', session.user.id === this.#member.id);
    this.#headers = { authorization: `Bearer ${session.access_token}` };
  }

  async #writeClient(last_name: string): Promise<TestRecord> {
    const create = { json: { kind: 'individual', first_name: 'Ann', last_name }, status: 201 };
    const client = await this.#write('create', 'client', '/clients', { method: 'POST', ...create });
    const headers = { 'if-match': `"${client.version}"` };
    const update = { json: { phone: '+44 20 7946 0000', tags: [last_name] }, headers };
    return this.#write('update', 'client', `/clients/${client.id}`, { method: 'PATCH', ...update });
  }

  async #workOn(client: TestRecord): Promise<void> {
    await this.#oneOfThree(client);
    const { data } = await this.#send('search', `/clients?q=${client.last_name}`, pageSchema);
    const found = data.find(({ id }) => id === client.id);
    this.#expect('search', JSON.stringify(found) === JSON.stringify(client));
    const path = `/changes?entity_id=${client.id}`;
    const changes = await this.#send('changes', path, changesSchema);
    this.#expect('changes', changes.data.map(({ action }) => action).join() === 'create,update');
  }

  async #oneOfThree(client: TestRecord): Promise<void> {
    const { number } = this.#member;
    if (number % 3 === 0) {
      const json = { client_id: client.id, title: `Case ${number}` };
      await this.#write('open-case', 'case', '/cases', { method: 'POST', json, status: 201 });
    } else if (number % 3 === 1) {
      const page = await this.#send('list', '/clients?limit=20&sort=-updated_at', pageSchema);
      this.#expect('list', page.data.length > 0);
    } else {
      const read = await this.#send('get', `/clients/${client.id}`, recordSchema);
      this.#expect('get', JSON.stringify(read) === JSON.stringify(client));
    }
  }

  async #write(name: string, entity: string, path: string, sent: Sent): Promise<TestRecord> {
    const headers = { ...sent.headers, 'idempotency-key': `${name}-${this.#member.id}` };
    const record = await this.#send(name, path, recordSchema, { ...sent, headers });
    this.#crowd.writes.add(entity, record);
    return record;
  }

  async #send<Schema extends z.ZodType>(
    name: string,
    path: string,
    schema: Schema,
    { method = 'GET', json, headers = {}, status = 200 }: Sent = {},
  ): Promise<z.output<Schema>> {
    const started = performance.now();
    const answer = await this.#request(path, method, json, headers).catch((thrown: unknown) =>
      this.#fail(name, String(thrown)),
    );
    if (answer.status !== status) this.#fail(name, `${answer.status} ${codeOf(answer.text)}`);
    const body = schema.safeParse(JSON.parse(answer.text));
    if (!body.success) this.#fail(name, `${status} ${body.error.message}`);
    this.#crowd.outcomes.succeeded(performance.now() - started);
    return body.data;
  }

  async #request(path: string, method: string, json: unknown, headers: Readonly<Record<string, string>>) {
    const answer = await this.#client.request({
      method,
      path: `${this.#crowd.account}${path}`,
      headers: {
        ...this.#headers,
        ...headers,
        ...(json !== undefined && { 'content-type': 'application/json' }),
      },
      body: json === undefined ? null : JSON.stringify(json),
    });
    const bookmark = answer.headers[BOOKMARK];
    if (typeof bookmark === 'string') this.#headers = { ...this.#headers, [BOOKMARK]: bookmark };
    return { status: answer.statusCode, text: await answer.body.text() };
  }

  #expect(name: string, holds: boolean): void {
    if (!holds) this.#fail(name, 'answered something else than was written');
  }

  #fail(name: string, how: string): never {
    this.#crowd.outcomes.failed(`${name}: ${how}`);
    throw new RequestFailed(how);
  }
}

function codeOf(text: string): string {
  const envelope = errorSchema.safeParse(parseJson(text));
  return envelope.success ? envelope.data.error.code : text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
