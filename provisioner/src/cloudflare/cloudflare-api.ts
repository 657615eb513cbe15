import { BaseCustomHostnames } from 'cloudflare/resources/custom-hostnames/custom-hostnames';
import { BaseDatabase } from 'cloudflare/resources/d1/database/database';
import { BaseTimeTravel } from 'cloudflare/resources/d1/database/time-travel';
import { createClient } from 'cloudflare/tree-shakable';
import type { Residency } from '#shared-schema/accounts/account.ts';
import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { ApiFetch } from '../api-budget/budgeted-fetch.ts';
import { type AccountWorkerUpload, accountWorkerForm } from './account-worker-form.ts';
import { API_CALL_TIMEOUT_MS } from './api-call-timeout.ts';
import { type CloudflareHostname, toCloudflareHostname } from './custom-hostname.ts';
import {
  type ExportState,
  type ImportState,
  TRANSFER_CALL_TIMEOUT_MS,
  toExportState,
  toImportState,
} from './database-transfer.ts';
import { translateErrors } from './translate-error.ts';
import {
  type AccountWorkerSettings,
  type ListedWorker,
  toListedWorkers,
  toSettings,
  toWorkerCreatedAt,
} from './worker-answers.ts';

export interface CloudflareAccess {
  /** Default: Cloudflare's own, https://api.cloudflare.com/client/v4. */
  readonly baseUrl?: string;
  readonly accountId: string;
  readonly apiToken: string;
}

export interface CloudflareApiOptions extends CloudflareAccess {
  /** What every request goes through: `budgetedFetch`, or `adminFetch` for what a person starts. */
  readonly fetch: ApiFetch;
  /** The zone that custom hostnames belong to. Without it their calls throw `CUSTOM_HOSTNAMES_NOT_CONFIGURED`. */
  readonly customHostnameZoneId?: string;
}

export interface CloudflareDatabase {
  readonly id: string;
  readonly name: string;
  readonly jurisdiction: string | null;
  /** ISO 8601, as Cloudflare says it. */
  readonly createdAt: string | null;
}

export interface DatabasePage {
  readonly databases: readonly CloudflareDatabase[];
  readonly isLast: boolean;
}

/** The most databases that a page of the list may hold (API reference, November 2026). */
const DATABASES_PER_PAGE = 10_000;

/**
 * The calls that provisioning makes, each exactly one HTTP request: nothing is retried here, for only a step knows
 * whether a repeat is safe.
 *
 * Errors: `CLOUDFLARE_UNAVAILABLE` (5xx, time-out, lost reply: it may have happened), `CLOUDFLARE_RATE_LIMITED` (with the
 * wait), `API_BUDGET_EXHAUSTED` (nothing was sent; with the wait), `DATABASE_CONFLICT` (the name exists), `DATABASE_NOT_FOUND`,
 * `WORKER_NOT_FOUND`, `DATABASE_QUOTA_REACHED`, `HOSTNAME_CONFLICT` (the name exists, in whichever zone), `CLOUDFLARE_REJECTED` for any
 * other refusal.
 */
export class CloudflareApi {
  readonly #accountId: string;
  readonly #hostnameZoneId: string | undefined;
  readonly #client;

  constructor(options: CloudflareApiOptions) {
    this.#accountId = options.accountId;
    this.#hostnameZoneId = options.customHostnameZoneId;
    this.#client = createClient({
      resources: [BaseDatabase, BaseTimeTravel, BaseCustomHostnames],
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

  /** The database of this id, or null. */
  async getDatabase(databaseId: string): Promise<CloudflareDatabase | null> {
    const call = translateErrors(this.#client.d1.database.get(databaseId, { account_id: this.#accountId }));
    const database = await unless('DATABASE_NOT_FOUND', call);
    return database && toDatabase(database);
  }

  /** A page of all databases, 1 the first; 10,000 a page. The list may lag behind what was made and deleted. */
  async listDatabases(page: number): Promise<DatabasePage> {
    const query = { account_id: this.#accountId, page, per_page: DATABASES_PER_PAGE };
    const { result } = await translateErrors(this.#client.d1.database.list(query));
    return { databases: result.map(toDatabase), isLast: result.length < DATABASES_PER_PAGE };
  }

  /** Ensures that there is no such database. Time Travel goes with it. */
  async deleteDatabase(databaseId: string): Promise<void> {
    const call = translateErrors(
      this.#client.d1.database.delete(databaseId, { account_id: this.#accountId }),
    );
    await unless('DATABASE_NOT_FOUND', call);
  }

  /** What each of the queries answers, all in one transaction. */
  async queryDatabase(databaseId: string, queries: readonly string[]): Promise<unknown[][]> {
    const batch = queries.map((sql) => ({ sql }));
    const page = await translateErrors(
      this.#client.d1.database.query(databaseId, { account_id: this.#accountId, batch }),
    );
    return page.result.map(({ results }) => results ?? []);
  }

  /** Begins an export of the database as it is now, or says how far the one at the given bookmark is. */
  async exportDatabase(databaseId: string, atBookmark?: string): Promise<ExportState> {
    const params = {
      account_id: this.#accountId,
      output_format: 'polling' as const,
      ...(atBookmark && { current_bookmark: atBookmark }),
    };
    const call = this.#client.d1.database.export(databaseId, params, { timeout: TRANSFER_CALL_TIMEOUT_MS });
    return toExportState(await translateErrors(call));
  }

  /** A step of an import: announces the file of the MD5, has it run once it was sent, or asks how that went. */
  async importDatabase(databaseId: string, step: ImportStep): Promise<ImportState> {
    const params = { account_id: this.#accountId, ...step };
    const call = this.#client.d1.database.import(databaseId, params, { timeout: TRANSFER_CALL_TIMEOUT_MS });
    return toImportState(await translateErrors(call));
  }

  /** Time Travel's name for the database as it is now, or as it was at a time in milliseconds since the Unix epoch. */
  async readBookmark(databaseId: string, at?: number): Promise<string> {
    const params = {
      account_id: this.#accountId,
      ...(at !== undefined && { timestamp: new Date(at).toISOString() }),
    };
    const { bookmark } = await translateErrors(
      this.#client.d1.database.timeTravel.getBookmark(databaseId, params),
    );
    if (!bookmark) throw new TypeError('Cloudflare answered a bookmark without one.');
    return bookmark;
  }

  /** Puts the database back to what it was at the bookmark. */
  async restoreDatabase(databaseId: string, bookmark: string): Promise<void> {
    const params = { account_id: this.#accountId, bookmark };
    const options = { timeout: TRANSFER_CALL_TIMEOUT_MS };
    await translateErrors(this.#client.d1.database.timeTravel.restore(databaseId, params, options));
  }

  /** Replaces the Worker of this name as a whole: code, bindings, tags. Live when the call returns. */
  async uploadAccountWorker(dispatchNamespace: string, upload: AccountWorkerUpload): Promise<void> {
    const path = this.#scriptPath(dispatchNamespace, upload.name);
    await translateErrors(this.#client.put(path, { body: accountWorkerForm(upload) }));
  }

  /** All Workers of the namespace, as the list shows them. One call. */
  async listAccountWorkers(dispatchNamespace: string): Promise<ListedWorker[]> {
    const path = `/accounts/${this.#accountId}/workers/dispatch/namespaces/${dispatchNamespace}/scripts`;
    return toListedWorkers(await translateErrors(this.#client.get(path)));
  }

  /** When the Worker of this name was made (ISO 8601), or null where there is none. */
  async accountWorkerCreatedAt(dispatchNamespace: string, name: string): Promise<string | null> {
    const call = translateErrors(this.#client.get(this.#scriptPath(dispatchNamespace, name)));
    const answer = await unless('WORKER_NOT_FOUND', call);
    return answer === null ? null : toWorkerCreatedAt(answer);
  }

  /** Bindings and tags of the Worker of this name, or null where there is none. */
  async accountWorkerSettings(
    dispatchNamespace: string,
    name: string,
  ): Promise<AccountWorkerSettings | null> {
    const path = `${this.#scriptPath(dispatchNamespace, name)}/settings`;
    const answer = await unless('WORKER_NOT_FOUND', translateErrors(this.#client.get(path)));
    return answer === null ? null : toSettings(answer);
  }

  /** Ensures that there is no such Worker. One that was there may still answer for about a minute (November 2026). */
  async deleteAccountWorker(dispatchNamespace: string, name: string): Promise<void> {
    const call = translateErrors(this.#client.delete(this.#scriptPath(dispatchNamespace, name)));
    await unless('WORKER_NOT_FOUND', call);
  }

  /** Begins the verification of a hostname. Its certificate is validated over HTTP, which Cloudflare does by itself. */
  async createCustomHostname(hostname: string): Promise<CloudflareHostname> {
    const ssl = { method: 'http', type: 'dv', settings: { min_tls_version: '1.2' } } as const;
    const call = this.#client.customHostnames.create({ zone_id: this.#zoneId(), hostname, ssl });
    return toCloudflareHostname(await translateErrors(call));
  }

  /** The custom hostname of exactly this name, or null where the zone has none. */
  async findCustomHostname(hostname: string): Promise<CloudflareHostname | null> {
    const { result } = await translateErrors(
      this.#client.customHostnames.list({ zone_id: this.#zoneId(), hostname: { exact: hostname } }),
    );
    const found = result.find((one) => one.hostname === hostname);
    return found ? toCloudflareHostname(found) : null;
  }

  /** The custom hostname of this id, or null. */
  async getCustomHostname(id: string): Promise<CloudflareHostname | null> {
    const call = this.#client.customHostnames.get(id, { zone_id: this.#zoneId() });
    const found = await unless('HOSTNAME_NOT_FOUND', translateErrors(call));
    return found && toCloudflareHostname(found);
  }

  /** Ensures that there is no such custom hostname. */
  async deleteCustomHostname(id: string): Promise<void> {
    const call = this.#client.customHostnames.delete(id, { zone_id: this.#zoneId() });
    await unless('HOSTNAME_NOT_FOUND', translateErrors(call));
  }

  #zoneId(): string {
    if (!this.#hostnameZoneId) throw new PlatformError('CUSTOM_HOSTNAMES_NOT_CONFIGURED');
    return this.#hostnameZoneId;
  }

  /**
   * Sets a secret of an ordinary Worker of the account: isolates that start from now on have it. The SDK's own call is not
   * there for the tree-shaken client.
   */
  async putWorkerSecret(worker: string, name: string, text: string): Promise<void> {
    const path = `/accounts/${this.#accountId}/workers/scripts/${worker}/secrets`;
    await translateErrors(this.#client.put(path, { body: { name, text, type: 'secret_text' } }));
  }

  #scriptPath(dispatchNamespace: string, name: string): string {
    return `/accounts/${this.#accountId}/workers/dispatch/namespaces/${dispatchNamespace}/scripts/${name}`;
  }
}

export type ImportStep =
  | { readonly action: 'init'; readonly etag: string }
  | { readonly action: 'ingest'; readonly etag: string; readonly filename: string }
  | { readonly action: 'poll'; readonly current_bookmark: string };

/** What the call answers, or null where it was refused with the code. */
async function unless<Answer>(code: ErrorCode, call: Promise<Answer>): Promise<Answer | null> {
  try {
    return await call;
  } catch (thrown) {
    if (asPlatformError(thrown).code === code) return null;
    throw thrown;
  }
}

interface DatabaseAnswer {
  readonly uuid?: string;
  readonly name?: string;
  readonly jurisdiction?: string | null;
  readonly created_at?: string;
}

function toDatabase(answer: DatabaseAnswer): CloudflareDatabase {
  if (!answer.uuid || !answer.name)
    throw new TypeError('Cloudflare answered a database without uuid or name.');
  const { uuid: id, name, jurisdiction = null, created_at: createdAt = null } = answer;
  return { id, name, jurisdiction, createdAt };
}
