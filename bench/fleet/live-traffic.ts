import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { send } from '#test/support/send.ts';
import type { MadeAccount } from './make-accounts.ts';

const EVERY_MS = 100;
const sessionSchema = z.object({ access_token: z.string() });
const recordSchema = z.object({ id: z.string() });

interface LiveAccount {
  readonly url: string;
  readonly token: string;
  /** The clients that it acknowledged. */
  readonly written: string[];
}

export interface TrafficReport {
  readonly requests: number;
  readonly writes: number;
  /** What was not answered 2xx, or was acknowledged and is not there. */
  readonly failures: readonly string[];
}

/** Reads and writes on accounts in turn, ten requests a second, each other one a write, until it is ended. */
export class LiveTraffic {
  readonly #accounts: readonly LiveAccount[];
  readonly #failures: string[] = [];
  readonly #pending = new Set<Promise<void>>();
  readonly #sending: Promise<void>;
  #requests = 0;
  #writes = 0;
  #ended = false;

  private constructor(accounts: readonly LiveAccount[]) {
    this.#accounts = accounts;
    this.#sending = this.#sendAll();
  }

  static async start(instance: LocalInstance, accounts: readonly MadeAccount[]): Promise<LiveTraffic> {
    const live = accounts.map(async ({ slug, email, password }) => {
      const url = `${instance.url}/a/${slug}`;
      const answer = await send(`${url}/sessions`, { method: 'POST', json: { email, password } });
      return { url, token: sessionSchema.parse(answer.body).access_token, written: [] };
    });
    return new LiveTraffic(await Promise.all(live));
  }

  /** Stops, and looks for every write that was acknowledged. */
  async end(): Promise<TrafficReport> {
    this.#ended = true;
    await this.#sending;
    await Promise.all(this.#pending);
    for (const account of this.#accounts) {
      for (const id of account.written) await this.#request(account, 'GET', `/clients/${id}`);
    }
    return { requests: this.#requests, writes: this.#writes, failures: this.#failures };
  }

  async #sendAll(): Promise<void> {
    for (let turn = 0; !this.#ended; turn += 1) {
      const account = this.#accounts[Math.floor(turn / 2) % this.#accounts.length];
      if (!account) throw new Error('There are no accounts.');
      const work = turn % 2 === 0 ? this.#write(account) : this.#read(account);
      this.#pending.add(work);
      void work.finally(() => this.#pending.delete(work));
      await delay(EVERY_MS);
    }
  }

  async #read(account: LiveAccount): Promise<void> {
    const last = account.written.at(-1);
    await this.#request(account, 'GET', last === undefined ? '/clients' : `/clients/${last}`);
  }

  async #write(account: LiveAccount): Promise<void> {
    this.#writes += 1;
    const json = { kind: 'individual', first_name: 'Ann', last_name: `Hart ${this.#writes}` };
    const body = await this.#request(account, 'POST', '/clients', json);
    if (body !== null) account.written.push(recordSchema.parse(body).id);
  }

  /** The answer's body, or null where it was not 2xx. */
  async #request(account: LiveAccount, method: string, path: string, json?: object): Promise<unknown> {
    this.#requests += 1;
    try {
      const answer = await send(`${account.url}${path}`, { method, json, token: account.token });
      if (answer.status >= 200 && answer.status < 300) return answer.body;
      this.#failures.push(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 200)}`);
    } catch (thrown) {
      this.#failures.push(`${method} ${path}: ${String(thrown)}`);
    }
    return null;
  }
}
