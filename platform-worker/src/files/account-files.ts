import type { AccountFiles } from '#provisioner/operations/operation-step.ts';
import type { Residency } from '#shared-schema/accounts/account.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { accountPrefix, fileKey } from './file-store.ts';

/** How many objects R2 lists and deletes in one call (developers.cloudflare.com/r2/api/workers, November 2026). */
const OBJECTS_PER_SLICE = 1_000;

/** The files of accounts, as operations reach them. */
export function accountFiles(bucketOf: (residency: Residency) => R2Bucket): AccountFiles {
  return {
    async removeSlice(accountId, residency) {
      const bucket = bucketOf(residency);
      try {
        const page = await bucket.list({ prefix: accountPrefix(accountId), limit: OBJECTS_PER_SLICE });
        if (page.objects.length > 0) await bucket.delete(page.objects.map(({ key }) => key));
        return !page.truncated;
      } catch (cause) {
        throw new PlatformError('FILE_STORE_UNAVAILABLE', { cause, retryAfterMs: 1_000 });
      }
    },
    async copy({ from, to, residency, file }) {
      const bucket = bucketOf(residency);
      const keyOf = (accountId: string) =>
        fileKey({ accountId, documentId: file.document_id, versionId: file.version_id });
      try {
        const object = await bucket.get(keyOf(from));
        if (object === null) return false;
        const { sha256 } = object.checksums;
        // The body goes through as it comes: no file is in memory. R2 keeps the copy only where it is whole.
        await bucket.put(keyOf(to), object.body, {
          ...(object.httpMetadata && { httpMetadata: object.httpMetadata }),
          ...(sha256 && { sha256 }),
        });
        return true;
      } catch (cause) {
        throw new PlatformError('FILE_STORE_UNAVAILABLE', { cause, retryAfterMs: 1_000 });
      }
    },
  };
}
