import * as z from 'zod';
import { uuidSchema } from '#shared-schema/fields/fields.ts';
import {
  contentTypeSchema,
  fileNameSchema,
  fileSha256Schema,
  fileSizeSchema,
} from '#shared-schema/files/file-rules.ts';
import { sql } from '../database/sql.ts';
import { createDocument } from '../documents/create-document.ts';
import { DELETED_FILE_GRACE_MS } from '../documents/file-lifetimes.ts';
import { uploadSchema } from '../documents/upload-schema.ts';
import { recordSchema } from '../records/record-schemas.ts';
import { caseEntity } from './case.ts';
import { clientEntity } from './client.ts';
import type { EntityDefinition } from './entity.ts';
import { CASEWORK } from './permissions.ts';

const optionalId = uuidSchema.nullable().default(null);

/**
 * A file that the account keeps. What it says of the bytes is true of the newest version that is stored; `pending`
 * says that none is yet.
 */
export const documentEntity: EntityDefinition = {
  name: 'document',
  path: '/documents',
  table: 'documents',
  fields: z.strictObject({
    client_id: optionalId,
    case_id: optionalId,
    name: fileNameSchema,
    content_type: contentTypeSchema,
    size: fileSizeSchema,
    sha256: fileSha256Schema,
    status: z.enum(['pending', 'stored']).default('pending'),
    version_number: z.int().positive().default(1),
  }),
  indexed: {
    client_id: 'text',
    case_id: 'text',
    name: 'text',
    content_type: 'text',
    sha256: 'text',
    status: 'text',
  },
  searched: ['name'],
  references: {
    client_id: { entity: () => clientEntity, onDelete: 'refuse' },
    case_id: { entity: () => caseEntity, onDelete: 'refuse' },
  },
  permissions: CASEWORK,
  derived: ['content_type', 'size', 'sha256', 'status', 'version_number'],
  example: { name: 'Deed.pdf', content_type: 'application/pdf', size: 1, sha256: 'a0'.repeat(32) },
  create: {
    description: 'Send the bytes to `upload.url` as it says; then the document is `stored`.',
    answers: {
      201: {
        description: 'The document, `pending`, and how its bytes may come.',
        body: {
          name: 'CreatedDocument',
          schema: () => recordSchema(documentEntity).extend({ upload: uploadSchema }),
        },
        headers: ['ETag', 'Location', 'x-d1-bookmark', 'idempotency-replayed'],
      },
    },
    handler: (call) => createDocument(call, documentEntity),
  },
  effects: ({ action, id, now }, happened) =>
    action === 'delete'
      ? [
          sql`UPDATE document_versions SET bytes_due_at = ${now + DELETED_FILE_GRACE_MS}
            WHERE document_id = ${id} AND bytes_due_at IS NULL AND ${happened}`,
        ]
      : [],
};
