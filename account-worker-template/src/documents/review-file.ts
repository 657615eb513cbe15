import { DELETED_FILE_GRACE_MS } from './file-lifetimes.ts';

/** What the database knows of an object in the file store; null where it knows no such version. */
export interface ReviewedFile {
  readonly uploaded_at: number;
  readonly size: number;
  readonly known: {
    readonly status: 'pending' | 'stored';
    readonly size: number;
    readonly bytes_due_at: number | null;
    readonly document_deleted: boolean;
  } | null;
}

/**
 * What is to be done about an object: `store` where its upload was not recorded, `remove` where it is due, or nobody
 * has known of it for as long as the database could be taken back.
 */
export function reviewFile(
  { uploaded_at, size, known }: ReviewedFile,
  now: number,
): 'keep' | 'store' | 'remove' {
  if (known === null) return uploaded_at <= now - DELETED_FILE_GRACE_MS ? 'remove' : 'keep';
  if (known.bytes_due_at !== null) return known.bytes_due_at <= now ? 'remove' : 'keep';
  const unrecorded = known.status === 'pending' && !known.document_deleted && known.size === size;
  return unrecorded ? 'store' : 'keep';
}
