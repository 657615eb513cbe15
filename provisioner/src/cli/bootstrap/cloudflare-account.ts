import { BaseDatabase } from 'cloudflare/resources/d1/database/database';
import { createClient } from 'cloudflare/tree-shakable';
import { API_CALL_TIMEOUT_MS } from '#provisioner/cloudflare/api-call-timeout.ts';
import { translateErrors } from '#provisioner/cloudflare/translate-error.ts';
import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';

export interface CloudflareAccountOptions {
  readonly apiUrl: string;
  readonly apiToken: string;
  readonly accountId: string;
}

/** A Worker's binding, as far as it is looked at. */
export interface WorkerBinding {
  readonly type: string;
  readonly name: string;
  readonly text?: string;
  readonly id?: string;
  readonly bucket_name?: string;
}

/** A route of a zone. One without a Worker keeps what it matches from the Workers of wider routes. */
export interface WorkerRoute {
  readonly pattern: string;
  readonly script?: string;
}

/** Cloudflare's codes for what is not there (API reference and wrangler 4.164, November 2026). */
const NOT_THERE: ReadonlySet<number> = new Set([
  10006, // R2 bucket
  10007, // Worker
  100119, // dispatch namespace
  10200, // Workflow
  1551, // fallback origin (seen in crossplane's provider-cloudflare, not documented)
]);

/**
 * The calls of the Cloudflare API that only a set-up needs: one HTTP request each, nothing retried. Errors as in
 * `CloudflareApi`; what is not there is null.
 */
export class CloudflareAccount {
  readonly #account: string;
  readonly #client;

  constructor({ apiUrl, apiToken, accountId }: CloudflareAccountOptions) {
    this.#account = `/accounts/${accountId}`;
    this.#client = createClient({
      // None of it is used: a client without any resource has no methods of its own either.
      resources: [BaseDatabase],
      apiToken,
      baseURL: apiUrl,
      maxRetries: 0,
      timeout: API_CALL_TIMEOUT_MS,
    });
  }

  /** Reads below the account, or below the API's root for a path in `//`. Throws for what is not there. */
  async read<Result>(path: string, headers: Record<string, string> = {}): Promise<Result> {
    const url = path.startsWith('//') ? path.slice(1) : `${this.#account}${path}`;
    // Cloudflare's envelope; what is in it is the API reference's word.
    const answer = (await translateErrors(this.#client.get(url, { headers }))) as { result: Result };
    return answer.result;
  }

  /** As {@link read}, and null for what is not there. */
  async find<Result>(path: string, headers: Record<string, string> = {}): Promise<Result | null> {
    try {
      return await this.read<Result>(path, headers);
    } catch (thrown) {
      if (isNotThere(thrown)) return null;
      throw thrown;
    }
  }

  async createNamespace(name: string): Promise<void> {
    await translateErrors(
      this.#client.post(`${this.#account}/workers/dispatch/namespaces`, { body: { name } }),
    );
  }

  async createBucket(name: string, jurisdiction: string): Promise<void> {
    const headers = { 'cf-r2-jurisdiction': jurisdiction };
    await translateErrors(this.#client.post(`${this.#account}/r2/buckets`, { body: { name }, headers }));
  }

  /** The bindings of an ordinary Worker that is live, or null where there is none. */
  async findBindings(worker: string): Promise<readonly WorkerBinding[] | null> {
    const settings = await this.find<{ bindings: WorkerBinding[] }>(`/workers/scripts/${worker}/settings`);
    return settings?.bindings ?? null;
  }

  listRoutes(zoneId: string): Promise<readonly WorkerRoute[]> {
    return this.read<WorkerRoute[]>(`//zones/${zoneId}/workers/routes`);
  }

  /** Makes a route without a Worker. */
  async createBypass(zoneId: string, pattern: string): Promise<void> {
    await translateErrors(this.#client.post(`/zones/${zoneId}/workers/routes`, { body: { pattern } }));
  }

  async setFallbackOrigin(zoneId: string, origin: string): Promise<void> {
    const path = `/zones/${zoneId}/custom_hostnames/fallback_origin`;
    await translateErrors(this.#client.put(path, { body: { origin } }));
  }

  async putSecret(worker: string, name: string, text: string): Promise<void> {
    const body = { name, text, type: 'secret_text' };
    await translateErrors(this.#client.put(`${this.#account}/workers/scripts/${worker}/secrets`, { body }));
  }

  /** The rows that a statement answers. */
  async query<Row>(databaseId: string, sql: string, params: readonly string[] = []): Promise<Row[]> {
    const answer = (await translateErrors(
      this.#client.post(`${this.#account}/d1/database/${databaseId}/query`, { body: { sql, params } }),
    )) as { result: { results: Row[] }[] }; // the envelope of D1; the columns are the statement's
    return answer.result[0]?.results ?? [];
  }
}

function isNotThere(thrown: unknown): boolean {
  const error = asPlatformError(thrown);
  if (error.code === 'WORKER_NOT_FOUND') return true;
  const codes: unknown = error.context.cloudflare_codes;
  return Array.isArray(codes) && codes.some((code) => NOT_THERE.has(code));
}

/** The value of a var, or undefined where there is none of the name. */
export function varOf(bindings: readonly WorkerBinding[], name: string): string | undefined {
  return bindings.find((binding) => binding.name === name && binding.type === 'plain_text')?.text;
}
