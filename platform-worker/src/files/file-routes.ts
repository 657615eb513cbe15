import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { documentVersionSchema } from '#shared-schema/files/file-calls.ts';
import type { RouteDescription } from '#shared-schema/openapi/route-description.ts';

/** What any method may answer: an address that is not good, or an account that is not there. */
const ADDRESS_ERRORS = [
  'ACCOUNT_NOT_FOUND',
  'ACCOUNT_PROVISIONING',
  'ACCOUNT_SUSPENDED',
  'ACCOUNT_UNAVAILABLE',
  'FILE_STORE_UNAVAILABLE',
  'FILE_URL_EXPIRED',
  'FILE_URL_INVALID',
  'METHOD_NOT_ALLOWED',
  'RATE_LIMITED',
  'RECORD_NOT_FOUND',
  'REGISTRY_UNAVAILABLE',
] as const satisfies ErrorCode[];

const UPLOAD: RouteDescription = {
  name: 'uploadFile',
  tag: 'files',
  summary: 'Send the bytes of a file',
  description:
    'At the address that `upload.url` of a new document or version named, with its `headers`. The address needs no token: it is one, for 15 minutes. The bytes are kept only where size and SHA-256 are those declared. Safe to repeat. `<slug>.<platform domain>/files/<token>` answers alike.',
  rawBody: 'The bytes, with the content type that was declared.',
  answers: {
    200: {
      description: 'The version, now `stored`.',
      body: { name: 'DocumentVersion', schema: documentVersionSchema },
    },
  },
  errors: [
    ...ADDRESS_ERRORS,
    'FILE_CHECKSUM_MISMATCH',
    'FILE_SIZE_MISMATCH',
    'FILE_TYPE_MISMATCH',
    'MIGRATION_EDITED',
    'MIGRATION_FAILED',
    'STACK_IDENTITY_MISMATCH',
    'STACK_UNHEALTHY',
  ],
};

const DOWNLOAD: RouteDescription = {
  name: 'downloadFile',
  tag: 'files',
  summary: 'Fetch a file',
  description:
    'At the address that `url` of a download named. The address needs no token: it is one, for 5 minutes, and ranges of the same file may be fetched by it. Served as an attachment under a name that is safe on any system. `<slug>.<platform domain>/files/<token>` answers alike.',
  takes: ['range'],
  answers: {
    200: {
      description: 'The file, of the content type that was declared.',
      binaries: ['*/*'],
      headers: ['ETag', 'Accept-Ranges', 'Content-Disposition', 'Content-Length'],
    },
    206: {
      description: 'The one range that was asked for.',
      binaries: ['*/*'],
      headers: ['ETag', 'Accept-Ranges', 'Content-Disposition', 'Content-Length', 'Content-Range'],
    },
  },
  errors: [...ADDRESS_ERRORS],
};

/** What is answered at `/files/<token>` of an account, for the document. */
export const FILE_ROUTES = {
  PUT: UPLOAD,
  GET: DOWNLOAD,
  HEAD: { ...DOWNLOAD, name: 'inspectFile', summary: 'Ask what a file is, without its bytes' },
} as const satisfies Record<string, RouteDescription>;
