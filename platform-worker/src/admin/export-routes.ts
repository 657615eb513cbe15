import { requireExport } from '#provisioner/registry/exports.ts';
import { type Export, exportSchema } from '#shared-schema/exports/export.ts';
import { choicesOf } from '#shared-schema/lists/choices.ts';
import { pageOf } from '#shared-schema/openapi/page-schema.ts';
import { answerList, type RegistryList } from '../http/list-rows.ts';
import type { PlatformRoute } from '../http/routes.ts';

const tag = 'admin: exports';

const EXPORT_LIST: RegistryList<Export, Export> = {
  definition: {
    table: 'exports',
    columns: Object.keys(exportSchema.shape),
    where: '1',
    indexed: { account_id: 'text', status: 'text', created_at: 'integer' },
    choices: choicesOf(exportSchema.shape),
    fields: Object.keys(exportSchema.shape),
  },
  rowSchema: exportSchema,
  toItem: (row) => row,
};

export const listExportsRoute: PlatformRoute = {
  name: 'adminListExports',
  tag,
  summary: 'List exports',
  list: EXPORT_LIST.definition,
  answers: {
    200: { description: 'One page.', body: pageOf({ name: 'Export', schema: () => exportSchema }) },
  },
  handler: ({ env: { platform }, req }) => answerList(platform.env.REGISTRY, req.url, EXPORT_LIST),
};

export const readExportRoute: PlatformRoute = {
  name: 'adminReadExport',
  tag,
  summary: 'Read an export',
  answers: { 200: { description: 'The export.', body: { name: 'Export', schema: exportSchema } } },
  errors: ['EXPORT_NOT_FOUND'],
  handler: async ({ env: { platform }, req }) => {
    const stored = await requireExport(platform.env.REGISTRY, req.param('id') ?? '');
    return Response.json(exportSchema.parse(stored));
  },
};

export const readExportFileRoute: PlatformRoute = {
  name: 'adminReadExportFile',
  tag,
  summary: 'Download an export',
  description:
    'An SQL file that restores the database in D1 (`wrangler d1 execute --file`) and in any SQLite. It holds everything of the account, password hashes too.',
  answers: { 200: { description: 'The file.', texts: ['application/sql'] } },
  errors: ['EXPORT_NOT_FOUND'],
  handler: async ({ env: { platform }, req }) => {
    const { id, object_key, sha256 } = await requireExport(platform.env.REGISTRY, req.param('id') ?? '');
    const { body, size } = await platform.exports.open(object_key);
    return new Response(body.pipeThrough(new FixedLengthStream(size)), {
      headers: {
        'content-type': 'application/sql',
        'content-disposition': `attachment; filename="export-${id}.sql"`,
        'cache-control': 'no-store',
        etag: `"${sha256}"`,
      },
    });
  },
};
