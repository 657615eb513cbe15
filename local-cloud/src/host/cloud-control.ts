import type * as z from 'zod';
import type { LoggedCall } from '../worker/faults/call-log.ts';
import type { faultRuleSchema, quotaSchema } from '../worker/faults/fault-rule.ts';

export type { LoggedCall } from '../worker/faults/call-log.ts';

/** A fault to ask for: its kind, and which calls meet it. */
export type FaultRequest = z.input<typeof faultRuleSchema>;

/** How many API calls are answered in how long. Default is Cloudflare's own: 1200 in 300000 ms (5 minutes). */
export type QuotaRequest = z.input<typeof quotaSchema>;

/** The control routes of a local cloud that was started with `faults`. Everything rejects with what the cloud refused. */
export class CloudControl {
  readonly #url: string;
  readonly #apiToken: string;

  constructor(cloud: { controlUrl?: string | undefined }, { apiToken }: { apiToken: string }) {
    if (cloud.controlUrl === undefined) throw new TypeError('The local cloud was started without faults.');
    this.#url = cloud.controlUrl;
    this.#apiToken = apiToken;
  }

  /** The calls since the last clearing, in the order they came. Rejects when the log had no room for some of them. */
  async calls(): Promise<LoggedCall[]> {
    // The cloud's own answer, in the form its log has.
    const { calls, forgotten } = (await this.#send('GET', '/calls')) as {
      calls: LoggedCall[];
      forgotten: number;
    };
    if (forgotten > 0) throw new Error(`The call log forgot ${forgotten} calls: clear it more often.`);
    return calls;
  }

  /** As {@link calls}, of the API alone: `POST /d1/database`, without the API's prefix and account. */
  async apiCalls(): Promise<string[]> {
    const calls = await this.calls();
    return calls.flatMap(({ on, method, path, query }) =>
      on === 'api' ? [`${method} ${path}${query}`] : [],
    );
  }

  async clearCalls(): Promise<void> {
    await this.#send('DELETE', '/calls');
  }

  /** Puts a fault in force and answers its id. */
  async addFault(fault: FaultRequest): Promise<string> {
    const { id } = (await this.#send('POST', '/faults', fault)) as { id: string };
    return id;
  }

  /** Lets what a fault holds go on, and ends what lags or lingers. No further call meets it. */
  async releaseFault(id: string): Promise<void> {
    await this.#send('POST', `/faults/${id}/release`);
  }

  /** Takes a fault away. What it holds is abandoned: nothing more is done, and the connection ends without an answer. */
  async removeFault(id: string): Promise<void> {
    await this.#send('DELETE', `/faults/${id}`);
  }

  /** Takes all faults away, as {@link removeFault} does. */
  async removeFaults(): Promise<void> {
    await this.#send('DELETE', '/faults');
  }

  /** Begins to count calls against a quota; undefined takes it away. */
  async setQuota(quota: QuotaRequest | undefined): Promise<void> {
    await (quota === undefined ? this.#send('DELETE', '/quota') : this.#send('PUT', '/quota', quota));
  }

  /** Moves the clock of quota, lag, linger and verification ahead. */
  async advanceClock(advance_ms: number): Promise<void> {
    await this.#send('POST', '/clock', { advance_ms });
  }

  /** Has a custom hostname that was made `unverified` found verified. */
  async verifyHostname(hostname: string): Promise<void> {
    await this.#send('POST', `/custom_hostnames/${hostname}/verify`);
  }

  async #send(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#apiToken}` },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}
