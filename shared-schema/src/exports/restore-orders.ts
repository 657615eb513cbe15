import * as z from 'zod';
import { timestampSchema, uuidSchema } from '../fields/fields.ts';

/** How far back D1's Time Travel reaches: 30 days (developers.cloudflare.com/d1/reference/time-travel, November 2026). */
export const TIME_TRAVEL_MS = 30 * 24 * 60 * 60_000;

/** Four groups of hexadecimal digits (same page). */
const BOOKMARK = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/;

/** A point in the past of a database: a bookmark, or the last one at or before a time. */
export const restorePointSchema = z
  .strictObject({
    bookmark: z.string().regex(BOOKMARK, 'This is not a bookmark of D1.').optional(),
    timestamp: timestampSchema.optional(),
  })
  .refine((point) => (point.bookmark === undefined) !== (point.timestamp === undefined), {
    path: ['timestamp'],
    message: 'Name a timestamp or a bookmark, one of them.',
  });
export type RestorePoint = z.infer<typeof restorePointSchema>;

export const restoreExportSchema = z.strictObject({ export_id: uuidSchema });
