import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { bundleForNode } from '#test/support/bundle.ts';
import { createBenchTokens, type Identity } from './bench-tokens.ts';
import { countedDatabase, type DatabaseCounts } from './counted-database.ts';
import type { EmptyWorker } from './prepare-database.ts';

interface FetchingWorker {
  fetch(request: Request, env: unknown): Promise<Response> | Response;
}

/** One of the two designs, running in this process on a real D1 that counts. */
export interface Design extends EmptyWorker, AsyncDisposable {
  readonly counts: DatabaseCounts;
  /** Any answer but a success throws. */
  send(method: string, path: string, body?: unknown): Promise<{ id: string; next_cursor: string | null }>;
}

/** Runs a Worker of ours with the identity's token on an empty database. */
export async function startDesign(entry: string, identity: Identity): Promise<Design> {
  const folder = await mkdtemp(join(tmpdir(), 'freehold-bench-'));
  const file = join(folder, 'worker.mjs');
  await writeFile(file, await bundleForNode(entry));
  const { default: worker } = (await import(pathToFileURL(file).href)) as { default: FetchingWorker }; // our own Workers
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: 'export default {}',
      compatibilityDate: '2026-11-01',
      d1Databases: ['DB'],
    }),
  );
  const plain = await miniflare.getD1Database('DB');
  const { database, counts } = countedDatabase(plain);
  const tokens = await createBenchTokens();
  const env = { DB: database, ...tokens.bindings(identity.stackId) };
  const access = await tokens.access(identity);
  const control = await tokens.control(identity.stackId);
  const send = async (token: string, method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await worker.fetch(new Request(`https://bench${path}`, init), env);
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return response;
  };
  return {
    database: plain,
    counts,
    send: async (method, path, body) =>
      (await send(access, method, path, body)).json() as Promise<{ id: string; next_cursor: string | null }>, // our own API
    sendControl: async (method, path, body) => {
      await send(control, method, path, body);
    },
    async [Symbol.asyncDispose]() {
      await miniflare.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
