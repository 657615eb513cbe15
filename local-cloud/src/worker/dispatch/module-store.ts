import type { Env } from '../env.ts';
import type { ModuleKind } from './module-kinds.ts';

/** Most module contents kept in memory; a release of a few modules is read from storage once for all its scripts. */
const MAX_CACHED_MODULES = 64;

const cached = new Map<string, ArrayBuffer>();

/** Stores a module under the SHA-256 of its content, which it answers. Content stored before is not written again. */
export async function storeModule(env: Env, content: ArrayBuffer): Promise<string> {
  const sha256 = await sha256Hex(content);
  if (cached.has(sha256)) return sha256;
  if ((await env.MODULES.head(sha256)) === null) await env.MODULES.put(sha256, content);
  remember(sha256, content);
  return sha256;
}

/** The content stored under this SHA-256. */
export async function readModule(env: Env, sha256: string): Promise<ArrayBuffer> {
  const known = cached.get(sha256);
  if (known !== undefined) return known;
  const object = await env.MODULES.get(sha256);
  if (object === null) throw new Error(`Module ${sha256} is missing from storage.`);
  const content = await object.arrayBuffer();
  remember(sha256, content);
  return content;
}

/** Content in the form the Worker Loader takes it. */
export function loaderModule(kind: ModuleKind, content: ArrayBuffer): WorkerLoaderModule {
  switch (kind) {
    case 'js':
      return { js: new TextDecoder().decode(content) };
    case 'cjs':
      return { cjs: new TextDecoder().decode(content) };
    case 'text':
      return { text: new TextDecoder().decode(content) };
    case 'json':
      return { json: JSON.parse(new TextDecoder().decode(content)) };
    case 'data':
      return { data: content };
    case 'wasm':
      return { wasm: content };
  }
}

/** The SHA-256 of `content`, in lower-case hexadecimal. */
export async function sha256Hex(content: BufferSource): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function remember(sha256: string, content: ArrayBuffer): void {
  if (cached.size >= MAX_CACHED_MODULES) {
    const oldest = cached.keys().next();
    if (!oldest.done) cached.delete(oldest.value);
  }
  cached.set(sha256, content);
}
