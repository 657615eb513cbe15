import * as z from 'zod';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { uuidSchema } from '#shared-schema/fields/fields.ts';
import type { Fields } from './changed-fields.ts';

const recordRowSchema = z.object({
  id: z.string(),
  body: z.string(),
  version: z.int(),
  account_id: z.string(),
  created_at: z.int(),
  created_by: z.string(),
  updated_at: z.int(),
  updated_by: z.string(),
});
export type RecordRow = z.infer<typeof recordRowSchema>;

/** The body of a POST or PATCH before the entity's schema sees it. */
export const recordInputSchema = z.record(z.string(), z.unknown());
export type RecordInput = z.infer<typeof recordInputSchema>;

const recordRowsSchema = z.array(recordRowSchema.loose());

/** The rows of a read that selected `RECORD_COLUMNS`, and whatever else it selected. */
export function recordRows(rows: readonly unknown[] | undefined): RecordRow[] {
  return recordRowsSchema.parse(rows ?? []);
}

/** A record as it is answered: its fields between its identity and its tracking. */
export function toRecord(row: RecordRow) {
  const { id, account_id, version, created_at, created_by, updated_at, updated_by } = row;
  return { id, account_id, version, ...fieldsOf(row), created_at, created_by, updated_at, updated_by };
}

export function fieldsOf(row: Pick<RecordRow, 'body'>): Fields {
  return recordInputSchema.parse(JSON.parse(row.body));
}

/** The id in its one spelling. Error: `RECORD_NOT_FOUND` where it cannot be anybody's. */
export function recordId(text: string): string {
  const id = uuidSchema.safeParse(text);
  if (!id.success) throw new PlatformError('RECORD_NOT_FOUND');
  return id.data.toLowerCase();
}
