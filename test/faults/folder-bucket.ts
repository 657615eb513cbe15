import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A bucket whose objects are files of a folder, there for whichever process comes next. Calls on it meet no faults. */
export function folderBucket(folder: string): R2Bucket {
  const pathOf = (key: string) => join(folder, encodeURIComponent(key));
  const bucket = {
    async put(key: string, value: string | Uint8Array | ReadableStream<Uint8Array>) {
      await mkdir(folder, { recursive: true });
      const whole = `${pathOf(key)}.${process.pid}.new`;
      await writeFile(whole, value);
      await rename(whole, pathOf(key));
    },
    async get(key: string) {
      const bytes = await readFile(pathOf(key)).catch(unlessMissing);
      if (bytes === null) return null;
      return {
        size: bytes.byteLength,
        checksums: {},
        body: new Blob([bytes]).stream(),
        json: async () => JSON.parse(String(bytes)),
      };
    },
    async list({ prefix }: { prefix: string }) {
      const names = (await readdir(folder).catch(unlessMissing)) ?? [];
      const keys = names.filter((name) => !name.endsWith('.new')).map(decodeURIComponent);
      const objects = keys.filter((key) => key.startsWith(prefix)).map((key) => ({ key }));
      return { objects, truncated: false };
    },
    async delete(keys: readonly string[]) {
      for (const key of keys) await rm(pathOf(key), { force: true });
    },
  };
  return bucket as unknown as R2Bucket; // the part of R2 that operations use, for objects of one part
}

function unlessMissing(thrown: unknown): null {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return null;
  throw thrown;
}
