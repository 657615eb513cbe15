import { md5 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';

/** How much is sent to R2 at once: 8 MiB. It takes 10,000 parts of equal size (R2's limits page, November 2026): 80 GB. */
const PART_BYTES = 8 * 1024 * 1024;

/** What an object holds. */
export interface WrittenExport {
  readonly size: number;
  /** Lower-case hex, as the next. */
  readonly sha256: string;
  /** What D1's import knows a file by. */
  readonly md5: string;
}

/** The SQL files of exports, in R2. */
export class ExportStore {
  readonly #bucket: R2Bucket;

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket;
  }

  /** Writes the statements as a file, a line each, and keeps no more than a part of it. What was there is replaced. */
  async write(key: string, statements: AsyncIterable<string>, signal: AbortSignal): Promise<WrittenExport> {
    const hashes = { sha256: sha256.create(), md5: md5.create() };
    let size = 0;
    let upload: R2MultipartUpload | undefined;
    const parts: R2UploadedPart[] = [];
    try {
      for await (const part of partsOf(statements)) {
        signal.throwIfAborted();
        hashes.sha256.update(part);
        hashes.md5.update(part);
        size += part.byteLength;
        if (part.byteLength < PART_BYTES && upload === undefined) await this.#bucket.put(key, part);
        else {
          upload ??= await this.#bucket.createMultipartUpload(key);
          parts.push(await upload.uploadPart(parts.length + 1, part));
        }
      }
      await upload?.complete(parts);
    } catch (thrown) {
      // R2 removes the parts of an upload that was not ended by itself, after a week.
      await upload?.abort();
      throw thrown;
    }
    return {
      size,
      sha256: bytesToHex(hashes.sha256.digest()),
      md5: bytesToHex(hashes.md5.digest()),
    };
  }

  /** Error: `EXPORT_NOT_FOUND` where there is no such file. */
  async open(key: string): Promise<R2ObjectBody> {
    const object = await this.#bucket.get(key);
    if (!object) throw new PlatformError('EXPORT_NOT_FOUND', { context: { object_key: key } });
    return object;
  }

  /** Ensures that of all files whose keys begin so, there is only the given one. */
  async keepOnly(prefix: string, key: string): Promise<void> {
    const { objects } = await this.#bucket.list({ prefix });
    const others = objects.filter((object) => object.key !== key).map((object) => object.key);
    if (others.length > 0) await this.#bucket.delete(others);
  }
}

/** The statements as bytes, in parts of one size but for the last. */
async function* partsOf(statements: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let part = new Uint8Array(PART_BYTES);
  let filled = 0;
  for await (const statement of statements) {
    let bytes = encoder.encode(`${statement}\n`);
    while (filled + bytes.byteLength >= PART_BYTES) {
      const room = PART_BYTES - filled;
      part.set(bytes.subarray(0, room), filled);
      yield part;
      part = new Uint8Array(PART_BYTES);
      filled = 0;
      bytes = bytes.subarray(room);
    }
    part.set(bytes, filled);
    filled += bytes.byteLength;
  }
  if (filled > 0) yield part.subarray(0, filled);
}
