import * as z from 'zod';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { type Answer, send } from './send.ts';

/** The registry's id in platform-worker/wrangler.jsonc. */
export const REGISTRY_ID = '00000000-0000-4000-8000-000000000001';
const NAMESPACE = 'freehold';

const databaseSchema = z.object({ uuid: z.string(), name: z.string(), jurisdiction: z.string().nullable() });
const scriptSchema = z.object({ id: z.string(), tags: z.array(z.string()), modified_on: z.string() });
const bindingSchema = z.looseObject({ type: z.string(), name: z.string() });
const rowsSchema = z.tuple([z.object({ results: z.array(z.record(z.string(), z.unknown())) })]);

export type Row = Readonly<Record<string, unknown>>;

/** The Cloudflare API of the local cloud, as an operator of that Cloudflare account reaches it. */
export class CloudApi {
  readonly #instance: LocalInstance;

  constructor(instance: LocalInstance) {
    this.#instance = instance;
  }

  /** Every database but the registry. */
  async databases() {
    const databases = await this.#get('/d1/database?per_page=10000', z.array(databaseSchema));
    return databases.filter(({ uuid }) => uuid !== REGISTRY_ID);
  }

  /** Every Worker of the dispatch namespace. */
  scripts() {
    return this.#get(`/workers/dispatch/namespaces/${NAMESPACE}/scripts`, z.array(scriptSchema));
  }

  bindings(workerName: string) {
    const path = `/workers/dispatch/namespaces/${NAMESPACE}/scripts/${workerName}/bindings`;
    return this.#get(path, z.array(bindingSchema));
  }

  /** Replaces a Worker's code. */
  async upload(workerName: string, code: string): Promise<void> {
    const form = new FormData();
    const metadata = { main_module: 'index.js', compatibility_date: '2026-11-01', bindings: [] };
    form.set('metadata', new Blob([JSON.stringify(metadata)], { type: 'application/json' }));
    form.set('index.js', new File([code], 'index.js', { type: 'application/javascript+module' }));
    const path = `/workers/dispatch/namespaces/${NAMESPACE}/scripts/${workerName}`;
    const headers = { authorization: `Bearer ${this.#instance.cloudflare_api_token}` };
    const response = await fetch(this.#url(path), { method: 'PUT', body: form, headers });
    if (!response.ok) throw new Error(`The upload was answered ${response.status}: ${await response.text()}`);
  }

  /** Deletes a Worker. */
  async removeScript(workerName: string): Promise<void> {
    await this.#remove(`/workers/dispatch/namespaces/${NAMESPACE}/scripts/${workerName}`);
  }

  async removeDatabase(databaseId: string): Promise<void> {
    await this.#remove(`/d1/database/${databaseId}`);
  }

  async query(databaseId: string, sql: string, ...params: readonly string[]): Promise<Row[]> {
    const answer = await this.#send(`/d1/database/${databaseId}/query`, { sql, params });
    return result(answer, rowsSchema)[0].results;
  }

  /** Everything that a database holds, as one text. */
  async dump(databaseId: string): Promise<string> {
    const tables = await this.query(
      databaseId,
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'`,
    );
    const rows = await Promise.all(
      tables.map(async ({ name }) => [name, await this.query(databaseId, `SELECT * FROM "${name}"`)]),
    );
    return JSON.stringify(Object.fromEntries(rows));
  }

  async #remove(path: string): Promise<void> {
    const token = this.#instance.cloudflare_api_token;
    result(await send(this.#url(path), { method: 'DELETE', token }), z.unknown());
  }

  async #get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    return result(await this.#send(path), schema);
  }

  #send(path: string, json?: unknown): Promise<Answer> {
    const token = this.#instance.cloudflare_api_token;
    return send(this.#url(path), { token, ...(json !== undefined && { method: 'POST', json }) });
  }

  #url(path: string): string {
    const { cloudflare_api_url, cloudflare_account_id } = this.#instance;
    return `${cloudflare_api_url}/accounts/${cloudflare_account_id}${path}`;
  }
}

function result<Schema extends z.ZodType>(answer: Answer, schema: Schema): z.output<Schema> {
  if (answer.status !== 200) throw new Error(`The Cloudflare API answered ${answer.status}: ${answer.text}`);
  return schema.parse(z.object({ result: z.unknown() }).parse(answer.body).result);
}
