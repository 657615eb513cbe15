import type { Env } from '../env.ts';
import { findTransfer, TRANSFER_PATH, transferKey } from './transfer-store.ts';

/** Whether a request is for a transfer's file: its address is all the authority it takes. */
export function isTransfer(request: Request): boolean {
  return new URL(request.url).pathname.startsWith(TRANSFER_PATH);
}

/** Gives out an exported file, or takes one to import, as a presigned R2 address does: the ETag is the content's MD5. */
export async function serveTransfer(request: Request, env: Env): Promise<Response> {
  const transfer = await findTransfer(env, new URL(request.url).pathname.slice(TRANSFER_PATH.length));
  if (transfer === null) return new Response('The address is unknown or has expired.', { status: 403 });
  if (request.method !== (transfer.kind === 'export' ? 'GET' : 'PUT')) {
    return new Response('The address is for another method.', { status: 403 });
  }
  if (transfer.kind === 'import') return await take(request, env, transfer.id);
  const file = await env.MODULES.get(transferKey(transfer.id));
  if (file === null) return new Response('The file is gone.', { status: 404 });
  const headers = { 'content-type': 'application/sql', etag: file.httpEtag };
  return new Response(file.body, { headers });
}

async function take(request: Request, env: Env, id: string): Promise<Response> {
  if (request.body !== null && request.headers.get('content-length') === null) {
    return new Response('The content-length header is missing.', { status: 411 });
  }
  const file = await env.MODULES.put(transferKey(id), request.body ?? '');
  if (file === null) throw new Error(`The file of transfer ${id} was not kept.`);
  return new Response(null, { headers: { etag: file.httpEtag } });
}
