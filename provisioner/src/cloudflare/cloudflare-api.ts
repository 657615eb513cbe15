import { BaseDatabase } from 'cloudflare/resources/d1/database/database';
import { createClient } from 'cloudflare/tree-shakable';
import type { Residency } from '#shared-schema/accounts/account.ts';
import type { ApiFetch } from '../api-budget/budgeted-fetch.ts';
import { type AccountWorkerUpload, accountWorkerForm } from './account-worker-form.ts';
import { API_CALL_TIMEOUT_MS } from './api-call-timeout.ts';
import { translateErrors } from './translate-error.ts';

export interface CloudflareAccess {
  /** Default: Cloudflare's own, https://api.cloudflare.com/client/v4. */
  readonly baseUrl?: string;
  readonly accountId: string;
  readonly apiToken: string;
}

export interface CloudflareApiOptions extends CloudflareAccess {
  /** What every request goes through: `budgetedFetch`, or `adminFetch` for what a person starts. */
  readonly fetch: ApiFetch;
}

export interface CloudflareDatabase {
  readonly id: string;
  readonly name: string;
  readonly jurisdiction: string | null;
}

/**
 * The calls that provisioning makes, each exactly one HTTP request: nothing is retried here, for only a step knows
 * whether a repeat is safe.
 *
 * Errors: `CLOUDFLARE_UNAVAILABLE` (5xx, time-out, lost reply: it may have happened), `CLOUDFLARE_RATE_LIMITED` (with the
 * wait), `API_BUDGET_EXHAUSTED` (nothing was sent; with the wait), `DATABASE_CONFLICT` (the name exists), `DATABASE_QUOTA_REACHED`, `CLOUDFLARE_REJECTED` for any other refusal.
 */
export class CloudflareApi {
  readonly #accountId: string;
  readonly #client;

  constructor(options: CloudflareApiOptions) {
    this.#accountId = options.accountId;
    this.#client = createClient({
      resources: [BaseDatabase],
      apiToken: options.apiToken,
      baseURL: options.baseUrl ?? null,
      fetch: options.fetch,
      maxRetries: 0,
      timeout: API_CALL_TIMEOUT_MS,
    });
  }

  async createDatabase(name: string, jurisdiction: Residency): Promise<CloudflareDatabase> {
    return toDatabase(
      await translateErrors(
        this.#client.d1.database.create({ account_id: this.#accountId, name, jurisdiction }),
      ),
    );
  }

  /** The database of exactly this name, or null. Cloudflare's own `name` filter is a search. */
  async findDatabase(name: string): Promise<CloudflareDatabase | null> {
    const page = await translateErrors(
      this.#client.d1.database.list({ account_id: this.#accountId, name, per_page: 100 }),
    );
    const found = page.result.find((database) => database.name === name);
    return found ? toDatabase(found) : null;
  }

  /** Replaces the Worker of this name as a whole: code, bindings, tags. Live when the call returns. */
  async uploadAccountWorker(dispatchNamespace: string, upload: AccountWorkerUpload): Promise<void> {
    const path = `/accounts/${this.#accountId}/workers/dispatch/namespaces/${dispatchNamespace}/scripts/${upload.name}`;
    await translateErrors(this.#client.put(path, { body: accountWorkerForm(upload) }));
  }
}

interface DatabaseAnswer {
  readonly uuid?: string;
  readonly name?: string;
  readonly jurisdiction?: string | null;
}

function toDatabase(answer: DatabaseAnswer): CloudflareDatabase {
  if (!answer.uuid || !answer.name)
    throw new TypeError('Cloudflare answered a database without uuid or name.');
  return { id: answer.uuid, name: answer.name, jurisdiction: answer.jurisdiction ?? null };
}
