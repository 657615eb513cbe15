import type { Hono } from 'hono';
import * as z from 'zod';
import { documentVersionSchema } from '#shared-schema/files/file-calls.ts';
import { pageOf } from '#shared-schema/openapi/page-schema.ts';
import { documentEntity } from '../entities/document.ts';
import { type AppEnv, type UserRoute, userRoutes } from '../http/routes.ts';
import { rolesFor } from '../records/record-routes.ts';
import { createVersion } from './create-version.ts';
import { listVersions, VERSION_LIST } from './list-versions.ts';
import { downloadSchema, readDownload } from './read-download.ts';
import { uploadSchema } from './upload-schema.ts';
import { fileInput } from './version-row.ts';

const version = { name: 'DocumentVersion', schema: () => documentVersionSchema };
const readers = rolesFor(documentEntity, 'read');

const listRoute: UserRoute = {
  ...{
    name: 'listDocumentVersions',
    tag: 'documents',
    summary: 'List the versions of a document',
    roles: readers,
  },
  list: VERSION_LIST,
  takes: ['bookmark'],
  answers: { 200: { description: 'One page, oldest first.', body: pageOf(version) } },
  errors: ['RECORD_NOT_FOUND'],
  handler: listVersions,
};

const createRoute: UserRoute = {
  ...{ name: 'createDocumentVersion', tag: 'documents', summary: 'Begin a new version of a document' },
  description: 'Send the bytes to `upload.url` as it says; the document itself changes when they have come.',
  roles: rolesFor(documentEntity, 'update'),
  body: {
    name: 'NewDocumentVersion',
    schema: z.strictObject(fileInput.shape),
    example: { content_type: 'application/pdf', size: 1, sha256: 'a0'.repeat(32) },
  },
  takes: ['idempotency-key'],
  answers: {
    201: {
      description: 'The version, `pending`, and how its bytes may come.',
      body: {
        name: 'CreatedDocumentVersion',
        schema: documentVersionSchema.extend({ upload: uploadSchema }),
      },
      headers: ['ETag', 'Location', 'x-d1-bookmark', 'idempotency-replayed'],
    },
  },
  errors: ['RECORD_NOT_FOUND', 'VERSION_MISMATCH'],
  handler: createVersion,
};

const downloadRoute: UserRoute = {
  ...{
    name: 'downloadDocument',
    tag: 'documents',
    summary: 'Ask where a file can be fetched',
    roles: readers,
  },
  description: '`url` needs no token and is good for five minutes.',
  query: { version: z.int().positive().optional() },
  takes: ['bookmark'],
  answers: {
    200: {
      description: 'What the file is and where it is.',
      body: { name: 'Download', schema: downloadSchema },
    },
  },
  errors: ['RECORD_NOT_FOUND', 'FILE_NOT_STORED'],
  handler: readDownload,
};

/** What documents have besides the routes of every entity. */
export function documentRoutes(app: Hono<AppEnv>): void {
  userRoutes(app, '/documents/:id/versions', { GET: listRoute, POST: createRoute });
  userRoutes(app, '/documents/:id/download', { GET: downloadRoute });
}
