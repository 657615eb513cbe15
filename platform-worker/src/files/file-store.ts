import type { Residency } from '#shared-schema/accounts/account.ts';
import type { Environment } from '../environment.ts';

/** The bytes of an account's files lie where its residency asks for. */
const BUCKETS: Readonly<Record<Residency, (env: Environment) => R2Bucket>> = { eu: (env) => env.FILES };

/** The residencies that have a bucket, which is all of them. */
export const FILE_RESIDENCIES: readonly Residency[] = ['eu'];

export function fileBucket(env: Environment, residency: Residency): R2Bucket {
  return BUCKETS[residency](env);
}

/** Everything in a bucket lies under it, each account's files under its own id. */
export const FILES_PREFIX = 'accounts/';

export interface FilePlace {
  readonly accountId: string;
  readonly documentId: string;
  readonly versionId: string;
}

/** What the keys of an account's files begin with, and no other account's. */
export function accountPrefix(accountId: string): string {
  return `${FILES_PREFIX}${accountId}/`;
}

/** Where the bytes of a version lie. Made of ids alone: nothing that a person wrote is part of it. */
export function fileKey({ accountId, documentId, versionId }: FilePlace): string {
  return `${accountPrefix(accountId)}${documentId}/${versionId}`;
}

/** The place that a key names, or null where the key is none of {@link fileKey}'s. */
export function parseFileKey(key: string): FilePlace | null {
  const match = /^accounts\/([0-9a-f-]{36})\/([0-9a-f-]{36})\/([0-9a-f-]{36})$/.exec(key);
  const [, accountId, documentId, versionId] = match ?? [];
  if (accountId === undefined || documentId === undefined || versionId === undefined) return null;
  return { accountId, documentId, versionId };
}
