import type { Driver } from './driver.ts';
import { streamOf } from './model-transfers.ts';

/** The bucket of exports as one driver reaches it. */
export function bucketOf(driver: Driver, objects: Map<string, Uint8Array>): R2Bucket {
  const call = <Answer>(what: string, effect: () => Answer) =>
    driver.call({
      ...{ outside: 'storage', what: `R2 ${what}`, effect },
      failure: () => {
        throw new Error('R2: internal error (10001)');
      },
    });
  const bucket = {
    put(key: string, value: Uint8Array) {
      const bytes = value.slice();
      return call(`put ${key}`, () => void objects.set(key, bytes));
    },
    get: (key: string) =>
      call(`get ${key}`, () => {
        const bytes = objects.get(key);
        return bytes ? { size: bytes.byteLength, body: streamOf(bytes) } : null;
      }),
    list: ({ prefix }: { prefix: string }) =>
      call(`list ${prefix}`, () => {
        const keys = [...objects.keys()].filter((key) => key.startsWith(prefix));
        return { objects: keys.map((key) => ({ key })), truncated: false };
      }),
    delete: (keys: readonly string[]) =>
      call(`delete ${keys.join()}`, () => {
        for (const key of keys) objects.delete(key);
      }),
  };
  return bucket as unknown as R2Bucket; // the part of R2 that exports use, for objects of one part
}
