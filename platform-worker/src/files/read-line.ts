import { PlatformError } from '#shared-schema/errors/platform-error.ts';

const NEWLINE = 0x0a;

export interface Line {
  readonly text: string;
  /** What comes after the line, not read yet. */
  readonly rest: AsyncIterable<Uint8Array>;
}

/**
 * Reads a body of an account Worker up to its first newline and nothing more.
 *
 * Errors: `STACK_UNHEALTHY` where there is none within so many bytes, and the body is given up; `ACCOUNT_UNAVAILABLE`
 * where it breaks off.
 */
export async function readLine(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Line> {
  const chunks = body?.values();
  const read: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const next = await chunks?.next().catch((cause: unknown) => {
      throw new PlatformError('ACCOUNT_UNAVAILABLE', { cause });
    });
    const chunk = next?.done === false ? next.value : null;
    const end = chunk?.indexOf(NEWLINE) ?? -1;
    bytes += end === -1 ? (chunk?.byteLength ?? 0) : end;
    if (chunks === undefined || chunk === null || bytes > maxBytes) {
      await chunks?.return?.();
      throw new PlatformError('STACK_UNHEALTHY', { context: { line_bytes: bytes } });
    }
    if (end === -1) {
      read.push(chunk);
      continue;
    }
    read.push(chunk.subarray(0, end));
    return { text: await new Blob(read).text(), rest: following(chunk.subarray(end + 1), chunks) };
  }
}

async function* following(first: Uint8Array, chunks: AsyncIterableIterator<Uint8Array>) {
  if (first.byteLength > 0) yield first;
  yield* chunks;
}
