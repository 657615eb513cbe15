import * as z from 'zod';
import { ApiError } from '../api/api-error.ts';
import { uploadedBindingSchema } from './script-bindings.ts';

/** Most tags a script may carry (Workers for Platforms limits, November 2026). */
const MAX_TAGS = 8;

/** The `metadata` part of an upload. Fields beyond these are stored and shown, and have no effect here. */
export const metadataSchema = z.looseObject({
  main_module: z.string().min(1),
  compatibility_date: z.iso.date(),
  compatibility_flags: z.array(z.string()).default([]),
  bindings: z.array(uploadedBindingSchema).default([]),
  keep_bindings: z.array(z.string()).default([]),
  tags: z.array(z.string()).default([]),
});

/** A checked `metadata` part. */
export type Metadata = z.infer<typeof metadataSchema>;

const INTERPRETED = new Set(Object.keys(metadataSchema.shape));

/** The fields of an upload or a change of settings that are stored as they are. */
export function otherSettings(metadata: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !INTERPRETED.has(key)));
}

/** The tags without repetition, or `SCRIPT_TAGS_INVALID` past 8 of them. */
export function checkedTags(tags: string[]): string[] {
  const distinct = [...new Set(tags)];
  if (distinct.length > MAX_TAGS) {
    throw new ApiError(
      'SCRIPT_TAGS_INVALID',
      `A script may have ${MAX_TAGS} tags; ${distinct.length} were given.`,
    );
  }
  const bad = distinct.find((tag) => tag === '' || /[,&]/.test(tag));
  if (bad !== undefined) throw new ApiError('SCRIPT_TAGS_INVALID', `Invalid tag '${bad}'.`);
  return distinct;
}
