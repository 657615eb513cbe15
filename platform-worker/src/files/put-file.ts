import { PlatformError } from '#shared-schema/errors/platform-error.ts';

export interface DeclaredFile {
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly content_type: string;
}

/** How much is read at once: 256 KiB. Two buffers of it are all that an upload takes, however large the file is. */
const BUFFER_BYTES = 256 * 1024;

type Body = ReadableStream<Uint8Array> | null;

/**
 * Puts a body under the key as it comes in, never more than a few chunks of it in memory. R2 itself keeps it only where
 * size and SHA-256 are the declared ones; what lay there before stays otherwise.
 *
 * Errors: `FILE_SIZE_MISMATCH` (also where the body broke off), `FILE_CHECKSUM_MISMATCH`, `FILE_STORE_UNAVAILABLE`.
 */
export async function putFile(bucket: R2Bucket, key: string, body: Body, file: DeclaredFile): Promise<void> {
  const { readable, writable } = new FixedLengthStream(file.size);
  const [passed, put] = await Promise.allSettled([
    passOn(body, writable, file.size),
    bucket.put(key, readable, {
      sha256: file.sha256,
      httpMetadata: { contentType: file.content_type },
    }),
  ]);
  if (put.status === 'fulfilled' && passed.status === 'fulfilled') return;
  if (passed.status === 'rejected' && passed.reason instanceof PlatformError) throw passed.reason;
  // R2 says why only in words. The bytes themselves say it too.
  if (passed.status === 'fulfilled' && passed.value !== file.sha256) {
    throw new PlatformError('FILE_CHECKSUM_MISMATCH', { context: { sha256: passed.value } });
  }
  const cause: unknown =
    put.status === 'rejected' ? put.reason : passed.status === 'rejected' && passed.reason;
  throw new PlatformError('FILE_STORE_UNAVAILABLE', { cause, retryAfterMs: 1000 });
}

/** Passes the body on chunk by chunk, as fast as the writer takes it, and gives the SHA-256 of what passed, in hex. */
async function passOn(body: Body, writable: WritableStream<Uint8Array>, size: number): Promise<string> {
  const writer = writable.getWriter();
  const digestStream = new crypto.DigestStream('SHA-256');
  const digest = digestStream.getWriter();
  const write = (chunk: Uint8Array) => Promise.all([writer.write(chunk), digest.write(chunk)]);
  try {
    let bytes = 0;
    let held: Uint8Array<ArrayBuffer> | undefined;
    let spare = new ArrayBuffer(BUFFER_BYTES);
    const reader = body?.getReader({ mode: 'byob' });
    for (;;) {
      const chunk = await readChunk(reader, spare);
      if (!chunk) break;
      bytes += chunk.byteLength;
      if (bytes > size) break;
      if (held) await write(held);
      spare = held?.buffer ?? new ArrayBuffer(BUFFER_BYTES);
      held = chunk;
    }
    if (bytes !== size) throw new PlatformError('FILE_SIZE_MISMATCH', { context: { size } });
    // Held until now: R2 keeps the file once it has all its bytes, and does not wait for what might still follow.
    if (held) await write(held);
    await Promise.all([writer.close(), digest.close()]);
    return toHex(await digestStream.digest);
  } catch (thrown) {
    // Both may have failed by themselves already; what matters is that neither waits for more.
    await Promise.allSettled([writer.abort(thrown), digest.abort(thrown), digestStream.digest]);
    throw thrown;
  }
}

/**
 * The next bytes in the buffer given, null at the end. A client that goes away in the middle has sent too little, and
 * nothing else is wrong.
 */
async function readChunk(
  reader: ReadableStreamBYOBReader | undefined,
  buffer: ArrayBuffer,
): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const read = await reader?.readAtLeast(buffer.byteLength, new Uint8Array(buffer));
    return read && !read.done ? read.value : null;
  } catch (cause) {
    throw new PlatformError('FILE_SIZE_MISMATCH', { cause });
  }
}

function toHex(digest: ArrayBuffer): string {
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
