import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { HostedWorker } from '#local-cloud/host/start-local-cloud.ts';

/** The bucket in platform-worker/wrangler.jsonc. */
const BUCKET = 'freehold-files-eu';
const NAME = 'file-bucket';

const SOURCE = `export default {
  async fetch(request, env) {
    const key = decodeURIComponent(new URL(request.url).pathname.slice(1));
    if (request.method === 'PUT') await env.FILES.put(key, await request.arrayBuffer());
    if (request.method === 'DELETE') await env.FILES.delete(key);
    if (key !== '') return new Response((await env.FILES.get(key))?.body ?? null);
    const { objects } = await env.FILES.list();
    return Response.json(objects.map(({ key, size }) => ({ key, size })));
  },
}`;

/** A Worker beside the platform's that is bound to its file store: what an operator of that Cloudflare account sees. */
export async function fileBucketWorker(): Promise<HostedWorker> {
  const bundleDir = await mkdtemp(join(tmpdir(), 'freehold-file-bucket-'));
  const configPath = join(bundleDir, 'wrangler.json');
  const config = {
    ...{ name: NAME, main: 'index.js', compatibility_date: '2026-11-01' },
    r2_buckets: [{ binding: 'FILES', bucket_name: BUCKET }],
  };
  await writeFile(configPath, JSON.stringify(config));
  await writeFile(join(bundleDir, 'index.js'), SOURCE);
  return { name: NAME, port: 0, configPath, bundleDir };
}

const listSchema = z.array(z.object({ key: z.string(), size: z.int() }));

/** The file store of a platform that {@link fileBucketWorker} runs beside. */
export class FileBucket {
  readonly #url: string;

  constructor(workers: Readonly<Record<string, { readonly url: string }>>) {
    const url = workers[NAME]?.url;
    if (url === undefined) throw new TypeError('fileBucketWorker does not run beside this platform.');
    this.#url = url;
  }

  async list(): Promise<z.infer<typeof listSchema>> {
    return listSchema.parse(await (await fetch(this.#url)).json());
  }

  async keys(): Promise<string[]> {
    return (await this.list()).map(({ key }) => key);
  }

  async put(key: string, text: string): Promise<void> {
    await fetch(`${this.#url}/${encodeURIComponent(key)}`, { method: 'PUT', body: text });
  }

  async remove(key: string): Promise<void> {
    await fetch(`${this.#url}/${encodeURIComponent(key)}`, { method: 'DELETE' });
  }
}
