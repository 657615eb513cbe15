import { Hono } from 'hono';
import { runOperation } from '#provisioner/operations/run-operation.ts';
import { getOperation, retryOperation } from '#provisioner/registry/operations.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { releaseBundleSchema } from '#shared-schema/releases/release.ts';
import { stackSchema } from '#shared-schema/stacks/stack.ts';
import { findAccount } from '../accounts/account-rows.ts';
import { answerList } from '../http/list-rows.ts';
import type { RequestEnvironment } from '../http/request-environment.ts';
import { requireAdmin } from '../identity/admin-token.ts';
import { addProvider } from '../providers/add-provider.ts';
import { ALL_PROVIDERS, findProvider } from '../providers/provider-rows.ts';
import { accountList, EVENT_LIST, RELEASE_LIST, STACK_LIST } from './admin-lists.ts';
import { listOperations } from './operation-list.ts';

/** The largest release that is taken: 12 MiB as JSON. Cloudflare takes Workers of 10 MB compressed (November 2026). */
export const MAX_RELEASE_BYTES = 12 * 1024 * 1024;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `/admin/*`: everything an operator does, behind the admin token. */
export function adminApp(): Hono<RequestEnvironment> {
  const app = new Hono<RequestEnvironment>();

  app.use(async (c, next) => {
    await requireAdmin(c.req.raw.headers, c.env.platform.env.ADMIN_TOKEN_SHA256);
    await next();
  });

  app.get('/accounts', ({ env: { platform }, req }) =>
    answerList(platform.env.REGISTRY, req.url, accountList(platform.accountUrls)),
  );
  app.get('/accounts/:idOrSlug', async ({ env: { platform }, req }) => {
    const value = req.param('idOrSlug');
    const by = UUID.test(value) ? 'id' : 'slug';
    const account = await findAccount(platform.env.REGISTRY, by, value, platform.accountUrls);
    if (!account) throw new PlatformError('ACCOUNT_NOT_FOUND');
    return Response.json(account);
  });

  app.get('/stacks', ({ env: { platform }, req }) => answerList(platform.env.REGISTRY, req.url, STACK_LIST));
  app.get('/stacks/:id', async ({ env: { platform }, req }) => {
    const sql = `SELECT ${STACK_LIST.definition.columns.join(', ')} FROM stacks WHERE id = ?`;
    const row = await platform.env.REGISTRY.prepare(sql).bind(req.param('id')).first();
    if (row === null) throw new PlatformError('STACK_NOT_FOUND');
    return Response.json(stackSchema.parse(row));
  });

  app.get('/operations', ({ env: { platform }, req }) => listOperations(platform.env.REGISTRY, req.url));
  app.get('/operations/:id', async ({ env: { platform }, req }) =>
    Response.json(await getOperation(platform.env.REGISTRY, req.param('id'))),
  );
  app.post('/operations/:id/run', async ({ env: { platform, requestId }, req }) => {
    const id = req.param('id');
    await runOperation(platform.operationPorts(requestId), id, 'admin');
    return Response.json(await getOperation(platform.env.REGISTRY, id));
  });
  app.post('/operations/:id/retry', async ({ env: { platform, requestId }, req }) => {
    const id = req.param('id');
    await retryOperation(platform.env.REGISTRY, id, platform.now());
    await runOperation(platform.operationPorts(requestId), id, 'admin');
    return Response.json(await getOperation(platform.env.REGISTRY, id));
  });

  app.get('/providers', ({ env: { platform }, req }) =>
    answerList(platform.env.REGISTRY, req.url, ALL_PROVIDERS),
  );
  app.get('/providers/:id', async ({ env: { platform }, req }) => {
    const provider = await findProvider(platform.env.REGISTRY, ALL_PROVIDERS, req.param('id'));
    if (!provider) throw new PlatformError('PROVIDER_NOT_FOUND');
    return Response.json(provider);
  });
  app.post('/providers', ({ env: { platform, requestId }, req }) =>
    addProvider(platform, req.raw, requestId),
  );

  app.get('/releases', ({ env: { platform }, req }) =>
    answerList(platform.env.REGISTRY, req.url, RELEASE_LIST),
  );
  app.post('/releases', async ({ env: { platform }, req }) => {
    const bundle = await readJsonBody(req.raw, releaseBundleSchema, MAX_RELEASE_BYTES);
    return Response.json(await platform.releases.publish(bundle, platform.now()), { status: 201 });
  });

  app.get('/events', ({ env: { platform }, req }) => answerList(platform.env.REGISTRY, req.url, EVENT_LIST));
  return app;
}
