import type { AccountFiles } from '#provisioner/operations/operation-step.ts';
import type { Residency } from '#shared-schema/accounts/account.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { accountPrefix } from './file-store.ts';

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
  };
}
