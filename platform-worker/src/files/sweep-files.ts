import type { Residency } from '#shared-schema/accounts/account.ts';
import { MAX_REVIEWED_FILES } from '#shared-schema/files/file-calls.ts';
import type { Platform } from '../platform.ts';
import { FILE_RESIDENCIES, FILES_PREFIX, type FilePlace, fileBucket, parseFileKey } from './file-store.ts';
import { claimSweep, keepSweep } from './sweep-position.ts';

/** How much one pass looks at: 4 pages of 500 objects, each page one listing and one call to each account in it. */
export const PAGES_PER_PASS = 4;

interface SweptFile extends FilePlace {
  readonly key: string;
  readonly size: number;
  readonly uploadedAt: number;
}

interface Owner {
  readonly id: string;
  readonly status: string;
  readonly stack_id: string | null;
  readonly worker_name: string | null;
}

/**
 * Goes through the file stores, a few pages at a time, and asks each account's Worker which of its objects may go: so
 * bytes of deleted documents, and bytes that nobody knows of, do not stay for ever, and uploads that were not recorded
 * are. No list of all accounts is read. Safe to run many times at once. One account that does not answer stops nothing:
 * its turn comes again.
 */
export async function sweepFiles(platform: Platform, requestId: string): Promise<void> {
  for (const residency of FILE_RESIDENCIES) await sweepBucket(platform, residency, requestId);
}

async function sweepBucket(platform: Platform, residency: Residency, requestId: string): Promise<void> {
  const { REGISTRY } = platform.env;
  let position = await claimSweep(REGISTRY, residency, platform.now());
  if (position === null) return;
  for (let page = 0; page < PAGES_PER_PASS; page++) {
    position = await sweepPage(platform, fileBucket(platform.env, residency), position, requestId);
    if (position === '') break;
  }
  await keepSweep(REGISTRY, residency, position, platform.now());
}

/** Sweeps what comes after the position and gives the next; '' at the end. */
async function sweepPage(
  platform: Platform,
  bucket: R2Bucket,
  position: string,
  requestId: string,
): Promise<string> {
  const page = await bucket.list({
    prefix: FILES_PREFIX,
    limit: MAX_REVIEWED_FILES,
    ...(position !== '' && { startAfter: position }),
  });
  const files = page.objects.flatMap(({ key, size, uploaded }): SweptFile[] => {
    const place = parseFileKey(key);
    return place ? [{ ...place, key, size, uploadedAt: uploaded.getTime() }] : [];
  });
  const byAccount = Map.groupBy(files, ({ accountId }) => accountId);
  for (const owner of await readOwners(platform.env.REGISTRY, [...byAccount.keys()])) {
    try {
      const keys = await removable(platform, owner, byAccount.get(owner.id) ?? [], requestId);
      if (keys.length > 0) await bucket.delete(keys);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown.stack : String(thrown);
      console.warn(
        JSON.stringify({ event: 'sweep-failed', account_id: owner.id, request_id: requestId, error }),
      );
    }
  }
  return page.truncated ? (page.objects.at(-1)?.key ?? '') : '';
}

/** An account that is not in the registry is none of ours to judge: its objects stay. */
async function readOwners(registry: D1Database, accountIds: readonly string[]): Promise<Owner[]> {
  const { results } = await registry
    .prepare(
      `SELECT accounts.id, accounts.status, stacks.id AS stack_id, stacks.worker_name
       FROM accounts LEFT JOIN stacks ON stacks.account_id = accounts.id AND stacks.status = 'serving'
       WHERE accounts.id IN (SELECT value FROM json_each(?))`,
    )
    .bind(JSON.stringify(accountIds))
    .all<Owner>();
  return results;
}

async function removable(
  platform: Platform,
  owner: Owner,
  files: readonly SweptFile[],
  requestId: string,
): Promise<string[]> {
  // Its grace period is over and its export made: nobody is left who could ask for a file.
  if (owner.status === 'deleted') return files.map(({ key }) => key);
  if (owner.stack_id === null || owner.worker_name === null) return [];
  const { remove } = await platform.controlClient(requestId).reviewFiles(
    { stackId: owner.stack_id, workerName: owner.worker_name },
    {
      account_id: owner.id,
      files: files.map(({ documentId, versionId, size, uploadedAt }) => ({
        ...{ document_id: documentId, version_id: versionId, size, uploaded_at: uploadedAt },
      })),
    },
  );
  return files.filter(({ versionId }) => remove.includes(versionId)).map(({ key }) => key);
}
