import type { Hono } from 'hono';
import { cloneRoute } from '../clones/clone-route.ts';
import type { RequestEnvironment } from '../http/request-environment.ts';
import { adminRoutes } from '../http/routes.ts';
import { requireAdmin } from '../identity/admin-token.ts';
import { deleteRoute, purgeRoute, undeleteRoute } from '../lifecycle/deletion-routes.ts';
import { addHostnameRoute, readHostnamesRoute, removeHostnameRoute } from '../lifecycle/hostname-routes.ts';
import {
  changeSlugRoute,
  exportRoute,
  restoreExportRoute,
  restoreRoute,
  resumeRoute,
  suspendRoute,
} from '../lifecycle/lifecycle-routes.ts';
import { fillPoolRoute, readPoolRoute } from '../pool/pool-routes.ts';
import { planRolloutRoute } from '../rollouts/plan-rollout-route.ts';
import {
  abortRolloutRoute,
  listRolloutsRoute,
  listTargetsRoute,
  pauseRolloutRoute,
  readFleetRoute,
  readRolloutRoute,
  resumeRolloutRoute,
  rollBackRoute,
  runRolloutRoute,
  startRolloutRoute,
} from '../rollouts/rollout-routes.ts';
import { listAccountsRoute, readAccountRoute } from './account-routes.ts';
import { readTagsRoute, setTagsRoute } from './account-tag-routes.ts';
import { readApiBudgetRoute } from './api-budget-route.ts';
import { listFindingsRoute, runAuditRoute } from './audit-routes.ts';
import { listEventsRoute } from './event-routes.ts';
import { listExportsRoute, readExportFileRoute, readExportRoute } from './export-routes.ts';
import { distributeKeysRoute, readKeysRoute, rotateKeysRoute } from './key-routes.ts';
import {
  adminReadOperationRoute,
  listOperationsRoute,
  retryOperationRoute,
  runOperationRoute,
} from './operation-routes.ts';
import { addProviderRoute, listAllProvidersRoute, readAnyProviderRoute } from './provider-routes.ts';
import {
  listReleasesRoute,
  publishReleaseRoute,
  readReleaseBundleRoute,
  readReleaseRoute,
} from './release-routes.ts';
import { listStacksRoute, readStackRoute } from './stack-routes.ts';

/** `/admin/*`: everything an operator does, behind the admin token. */
export function mountAdminRoutes(app: Hono<RequestEnvironment>): void {
  app.use('/admin/*', async (c, next) => {
    await requireAdmin(c.req.raw.headers, c.env.platform.env.ADMIN_TOKEN_SHA256);
    await next();
  });
  adminRoutes(app, '/admin/accounts', { GET: listAccountsRoute });
  adminRoutes(app, '/admin/accounts/:idOrSlug', { GET: readAccountRoute, DELETE: deleteRoute });
  adminRoutes(app, '/admin/accounts/:idOrSlug/suspend', { POST: suspendRoute });
  adminRoutes(app, '/admin/accounts/:idOrSlug/resume', { POST: resumeRoute });
  adminRoutes(app, '/admin/accounts/:idOrSlug/slug', { PUT: changeSlugRoute });
  adminRoutes(app, '/admin/accounts/:idOrSlug/hostnames', {
    GET: readHostnamesRoute,
    POST: addHostnameRoute,
  });
  adminRoutes(app, '/admin/accounts/:idOrSlug/hostnames/:hostname', { DELETE: removeHostnameRoute });
  adminRoutes(app, '/admin/accounts/:idOrSlug/tags', { GET: readTagsRoute, PUT: setTagsRoute });
  adminRoutes(app, '/admin/accounts/:idOrSlug/undelete', { POST: undeleteRoute });
  adminRoutes(app, '/admin/accounts/:idOrSlug/purge', { POST: purgeRoute });
  adminRoutes(app, '/admin/accounts/:idOrSlug/export', { POST: exportRoute });
  adminRoutes(app, '/admin/accounts/:idOrSlug/restore', { POST: restoreRoute });
  adminRoutes(app, '/admin/accounts/:idOrSlug/restore-export', { POST: restoreExportRoute });
  adminRoutes(app, '/admin/accounts/:idOrSlug/clones', { POST: cloneRoute });
  adminRoutes(app, '/admin/exports', { GET: listExportsRoute });
  adminRoutes(app, '/admin/exports/:id', { GET: readExportRoute });
  adminRoutes(app, '/admin/exports/:id/file', { GET: readExportFileRoute });
  adminRoutes(app, '/admin/stacks', { GET: listStacksRoute });
  adminRoutes(app, '/admin/stacks/:id', { GET: readStackRoute });
  adminRoutes(app, '/admin/operations', { GET: listOperationsRoute });
  adminRoutes(app, '/admin/operations/:id', { GET: adminReadOperationRoute });
  adminRoutes(app, '/admin/operations/:id/run', { POST: runOperationRoute });
  adminRoutes(app, '/admin/operations/:id/retry', { POST: retryOperationRoute });
  adminRoutes(app, '/admin/pool', { GET: readPoolRoute });
  adminRoutes(app, '/admin/pool/fill', { POST: fillPoolRoute });
  adminRoutes(app, '/admin/providers', { GET: listAllProvidersRoute, POST: addProviderRoute });
  adminRoutes(app, '/admin/providers/:id', { GET: readAnyProviderRoute });
  adminRoutes(app, '/admin/releases', { GET: listReleasesRoute, POST: publishReleaseRoute });
  adminRoutes(app, '/admin/rollouts', { GET: listRolloutsRoute, POST: planRolloutRoute });
  adminRoutes(app, '/admin/rollouts/:id', { GET: readRolloutRoute });
  adminRoutes(app, '/admin/rollouts/:id/targets', { GET: listTargetsRoute });
  adminRoutes(app, '/admin/rollouts/:id/start', { POST: startRolloutRoute });
  adminRoutes(app, '/admin/rollouts/:id/pause', { POST: pauseRolloutRoute });
  adminRoutes(app, '/admin/rollouts/:id/resume', { POST: resumeRolloutRoute });
  adminRoutes(app, '/admin/rollouts/:id/abort', { POST: abortRolloutRoute });
  adminRoutes(app, '/admin/rollouts/:id/rollback', { POST: rollBackRoute });
  adminRoutes(app, '/admin/rollouts/:id/run', { POST: runRolloutRoute });
  adminRoutes(app, '/admin/fleet', { GET: readFleetRoute });
  adminRoutes(app, '/admin/releases/:id', { GET: readReleaseRoute });
  adminRoutes(app, '/admin/releases/:id/bundle', { GET: readReleaseBundleRoute });
  adminRoutes(app, '/admin/keys', { GET: readKeysRoute });
  adminRoutes(app, '/admin/keys/distribute', { POST: distributeKeysRoute });
  adminRoutes(app, '/admin/keys/rotate', { POST: rotateKeysRoute });
  adminRoutes(app, '/admin/api-budget', { GET: readApiBudgetRoute });
  adminRoutes(app, '/admin/audit', { POST: runAuditRoute });
  adminRoutes(app, '/admin/findings', { GET: listFindingsRoute });
  adminRoutes(app, '/admin/events', { GET: listEventsRoute });
}
