import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { pageOf } from '#shared-schema/openapi/page-schema.ts';
import { releaseBundleSchema, releaseSchema } from '#shared-schema/releases/release.ts';
import { answerList } from '../http/list-rows.ts';
import type { PlatformRoute } from '../http/routes.ts';
import { RELEASE_LIST } from './admin-lists.ts';

/** The largest release that is taken: 12 MiB as JSON. Cloudflare takes Workers of 10 MB compressed (November 2026). */
export const MAX_RELEASE_BYTES = 12 * 1024 * 1024;

const tag = 'admin: releases';

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
  description: `The body may have ${MAX_RELEASE_BYTES / 1024 / 1024} MiB. Equal contents are one release, however often they are published.`,
  body: {
    name: 'ReleaseBundle',
    schema: releaseBundleSchema,
    example: {
      main_module: 'index.js',
      compatibility_date: '2026-11-01',
      compatibility_flags: [],
      schema_version: 1,
      modules: [{ name: 'index.js', type: 'esm', content: 'export default {};' }],
    },
  },
  answers: { 201: { description: 'The release.', body: { name: 'Release', schema: releaseSchema } } },
  handler: async ({ env: { platform }, req }) => {
    const bundle = await readJsonBody(req.raw, releaseBundleSchema, MAX_RELEASE_BYTES);
    return Response.json(await platform.releases.publish(bundle, platform.now()), { status: 201 });
  },
};
