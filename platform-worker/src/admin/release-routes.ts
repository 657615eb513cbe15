import * as z from 'zod';
import { readJsonBody, validate } from '#shared-schema/http/json-body.ts';
import { pageOf } from '#shared-schema/openapi/page-schema.ts';
import { releaseBundleSchema, releaseDetailSchema, releaseSchema } from '#shared-schema/releases/release.ts';
import { answerList } from '../http/list-rows.ts';
import type { PlatformRoute } from '../http/routes.ts';
import { RELEASE_LIST } from './admin-lists.ts';

/** The largest body that is taken: 16 MiB, which holds any Worker of 10 MiB as base64. */
export const MAX_RELEASE_BYTES = 16 * 1024 * 1024;

const RELEASE_ID = releaseSchema.shape.id;

const tag = 'admin: releases';

const query = { after: RELEASE_ID.optional() };
const querySchema = z.strictObject(query);

const EXAMPLE_SQL = 'CREATE TABLE users (id TEXT PRIMARY KEY NOT NULL) STRICT;';
const EXAMPLE_CHECKSUM = '265de01dcaf6403d432904f37c6a928ec178dc71c26ab1f7548633cbb6341bd6';

export const listReleasesRoute: PlatformRoute = {
  name: 'adminListReleases',
  tag,
  summary: 'List releases of the account Worker',
  list: RELEASE_LIST.definition,
  answers: {
    200: { description: 'One page.', body: pageOf({ name: 'Release', schema: () => releaseSchema }) },
  },
  handler: ({ env: { platform }, req }) => answerList(platform.env.REGISTRY, req.url, RELEASE_LIST),
};

export const publishReleaseRoute: PlatformRoute = {
  name: 'adminPublishRelease',
  tag,
  summary: 'Publish a release, which new accounts get from then on',
  description: `The body may have ${MAX_RELEASE_BYTES / 1024 / 1024} MiB. Equal contents are one release, however often they are published. With \`after\`, only while that release is the current one.`,
  query,
  body: {
    name: 'ReleaseBundle',
    schema: releaseBundleSchema,
    example: {
      main_module: 'index.js',
      compatibility_date: '2026-11-01',
      compatibility_flags: [],
      schema_version: 1,
      migrations: [{ name: '0001_create_users.sql', sql: EXAMPLE_SQL, checksum: EXAMPLE_CHECKSUM }],
      modules: [{ name: 'index.js', type: 'esm', content: 'export default {};' }],
      api_tests: 'console.log(JSON.stringify({ tests: [{ name: "none", error: null }] }));',
    },
  },
  answers: { 201: { description: 'The release.', body: { name: 'Release', schema: releaseSchema } } },
  errors: [
    'MIGRATION_CHECKSUM_MISMATCH',
    'MIGRATION_STATEMENT_REFUSED',
    'MIGRATION_STATEMENT_TOO_LONG',
    'RELEASE_EDITS_MIGRATION',
    'RELEASE_INSERTS_MIGRATION',
    'RELEASE_OVERTAKEN',
    'RELEASE_REMOVES_MIGRATION',
    'RELEASE_TOO_LARGE',
  ],
  handler: async ({ env: { platform }, req }) => {
    const { after } = validate(querySchema, req.query());
    const bundle = await readJsonBody(req.raw, releaseBundleSchema, MAX_RELEASE_BYTES);
    const release = await platform.releases.publish(bundle, platform.now(), after);
    return Response.json(release, { status: 201 });
  },
};

export const readReleaseRoute: PlatformRoute = {
  name: 'adminReadRelease',
  tag,
  summary: 'Read a release: what is in it, and how many stacks run it',
  answers: {
    200: { description: 'The release.', body: { name: 'ReleaseDetail', schema: releaseDetailSchema } },
  },
  errors: ['RELEASE_NOT_FOUND'],
  handler: async ({ env: { platform }, req }) =>
    Response.json(await platform.releases.detail(req.param('id') ?? '')),
};

export const readReleaseBundleRoute: PlatformRoute = {
  name: 'adminReadReleaseBundle',
  tag,
  summary: 'Download a release as it was published',
  answers: {
    200: { description: 'The bundle.', body: { name: 'PublishedBundle', schema: releaseBundleSchema } },
  },
  errors: ['RELEASE_NOT_FOUND'],
  handler: async ({ env: { platform }, req }) =>
    Response.json(await platform.releases.publishedBundle(req.param('id') ?? '')),
};
