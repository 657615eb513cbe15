import { PlatformError } from '#shared-schema/errors/platform-error.ts';

/** Opens the file at a signed address. Error: `CLOUDFLARE_UNAVAILABLE`, also where the address has expired. */
export async function openSignedFile(url: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const { body } = await request(url, { signal });
  if (body === null) throw new PlatformError('CLOUDFLARE_UNAVAILABLE', { context: { file: 'empty' } });
  return body;
}

/** Sends a file of as many bytes to a signed address, as a stream. Error: `CLOUDFLARE_UNAVAILABLE`. */
export async function sendSignedFile(
  url: string,
  { body, size }: { readonly body: ReadableStream<Uint8Array>; readonly size: number },
  signal: AbortSignal,
): Promise<void> {
  // R2 asks for the length. workerd tells it of streams that know theirs, and takes no header for it; Node takes the header.
  const sized = 'FixedLengthStream' in globalThis ? body.pipeThrough(new FixedLengthStream(size)) : body;
  const headers = { 'content-length': String(size) };
  const init = { method: 'PUT', body: sized, headers, signal, duplex: 'half' };
  await (await request(url, init)).arrayBuffer();
}

async function request(url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (cause) {
    throw new PlatformError('CLOUDFLARE_UNAVAILABLE', { cause });
  }
  if (response.ok) return response;
  await response.body?.cancel();
  throw new PlatformError('CLOUDFLARE_UNAVAILABLE', { context: { file_status: response.status } });
}
