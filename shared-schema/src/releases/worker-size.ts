import type { ReleaseBundle, ReleaseModule, WorkerSize } from './release.ts';

/**
 * The largest Worker that may be published: 10 MiB, its modules compressed together. So Cloudflare's pages say for paid plans
 * (developers.cloudflare.com/workers/platform/limits); since 2026 others of its pages say 64 MiB before compression
 * (cloudflare-docs #31067). A release stays below both.
 */
export const MAX_WORKER_COMPRESSED_BYTES = 10 * 1024 * 1024;

/** How large the Worker is, measured as wrangler does: gzip over all modules. */
export async function workerSize({ modules }: Pick<ReleaseBundle, 'modules'>): Promise<WorkerSize> {
  const worker = new Blob(modules.map(moduleContent));
  let compressed = 0;
  for await (const chunk of worker.stream().pipeThrough(new CompressionStream('gzip'))) {
    compressed += chunk.byteLength;
  }
  return { worker_bytes: worker.size, worker_compressed_bytes: compressed };
}

/** What the module is as it is uploaded: a text, or bytes. */
export function moduleContent({ type, content }: ReleaseModule): string | Uint8Array<ArrayBuffer> {
  return type === 'wasm' ? Uint8Array.from(atob(content), (byte) => byte.charCodeAt(0)) : content;
}
