import * as z from 'zod';
import { timestampSchema, uuidSchema } from '#shared-schema/fields/fields.ts';
import { contentTypeSchema } from '#shared-schema/files/file-rules.ts';

/** Where the bytes of a new version are to be sent, as the platform completes it: its address is its token. */
export const uploadSchema = z.object({
  document_id: uuidSchema,
  version_id: uuidSchema,
  url: z.url(),
  method: z.literal('PUT'),
  headers: z.object({ 'content-type': contentTypeSchema }),
  expires_at: timestampSchema,
});
