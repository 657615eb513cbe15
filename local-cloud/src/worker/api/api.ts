import { Hono } from 'hono';
import { databaseRoutes } from '../d1/database-routes.ts';
import { isTransfer, serveTransfer } from '../d1/serve-transfer.ts';
import { timeTravelRoutes } from '../d1/time-travel-routes.ts';
import { transferRoutes } from '../d1/transfer-routes.ts';
import { namespaceRoutes } from '../dispatch/namespace-routes.ts';
import { scriptPartRoutes } from '../dispatch/script-part-routes.ts';
import { scriptRoutes } from '../dispatch/script-routes.ts';
import { secretRoutes } from '../dispatch/secret-routes.ts';
import { tagRoutes } from '../dispatch/tag-routes.ts';
import type { Env } from '../env.ts';
import { apiCall } from '../faults/call.ts';
import { CONTROL_PATH } from '../faults/control-path.ts';
import { controlRoutes } from '../faults/control-routes.ts';
import { dropConnection } from '../faults/drop-connection.ts';
import { type Faults, faultsOf } from '../faults/faults.ts';
import { noteFaults } from '../faults/request-faults.ts';
import { ConnectionDropped, underFaults } from '../faults/under-faults.ts';
import { bucketRoutes } from '../r2/bucket-routes.ts';
import { readToEnd } from '../read-to-end.ts';
import { prepareState } from '../state/prepare-state.ts';
import { DEPLOYED_PATH } from '../workers/deployed-path.ts';
import { deployedRoutes } from '../workers/deployed-routes.ts';
import { workerRoutes } from '../workers/worker-routes.ts';
import { workerSecretRoutes } from '../workers/worker-secret-routes.ts';
import { workerTriggerRoutes } from '../workers/worker-trigger-routes.ts';
import { workflowRoutes } from '../workers/workflow-routes.ts';
import { zoneRouteRoutes } from '../workers/zone-route-routes.ts';
import { customHostnameRoutes } from '../zones/custom-hostname-routes.ts';
import { fallbackOriginRoutes } from '../zones/fallback-origin-routes.ts';
import { zoneRoutes } from '../zones/zone-routes.ts';
import { accountRoutes } from './account-routes.ts';
import { ApiError } from './api-error.ts';
import { requireAccount, requireToken } from './authenticate.ts';
import { errorResponse } from './envelope.ts';
import { HOST_HEADER } from './host-header.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

const app = new Hono<{ Bindings: Env }>()
  .basePath('/client/v4')
  .route('/', accountRoutes)
  .route('/zones', zoneRoutes)
  // Before the custom hostnames, of which this would be one by its id.
  .route('/zones', fallbackOriginRoutes)
  .route('/zones', customHostnameRoutes)
  .route('/accounts/:account/d1/database', databaseRoutes)
  .route('/accounts/:account/d1/database', timeTravelRoutes)
  .route('/accounts/:account/d1/database', transferRoutes)
  .route('/zones', zoneRouteRoutes)
  .route('/accounts/:account/r2/buckets', bucketRoutes)
  .route('/accounts/:account/workers/scripts', workerRoutes)
  .route('/accounts/:account/workers/scripts', workerSecretRoutes)
  .route('/accounts/:account/workers', workerTriggerRoutes)
  .route('/accounts/:account/workflows', workflowRoutes)
  .route(DEPLOYED_PATH, deployedRoutes)
  .route('/accounts/:account/workers/dispatch/namespaces', namespaceRoutes)
  .route('/accounts/:account/workers/dispatch/namespaces', scriptRoutes)
  .route('/accounts/:account/workers/dispatch/namespaces', scriptPartRoutes)
  .route('/accounts/:account/workers/dispatch/namespaces', tagRoutes)
  .route('/accounts/:account/workers/dispatch/namespaces', secretRoutes);

app.onError(errorResponse);

app.notFound((c) => {
  const allowed = METHODS.filter((method) => app.router.match(method, c.req.path)[0].length > 0);
  if (allowed.length === 0) {
    return errorResponse(
      new ApiError(
        'ROUTE_NOT_FOUND',
        `Could not route to ${c.req.path}, perhaps your object identifier is invalid?`,
      ),
    );
  }
  return errorResponse(
    new ApiError('METHOD_NOT_ALLOWED', `Method ${c.req.method} not available for that URI.`),
  );
});

/** The Cloudflare v4 API, and beside it, where faults are on, the control routes. */
export const api = {
  async fetch(request, env, ctx) {
    const faults = faultsOf(env);
    try {
      if (faults === undefined || request.headers.has(HOST_HEADER))
        return await answer(app, request, env, ctx);
      if (new URL(request.url).pathname.startsWith(`${CONTROL_PATH}/`) && !isTransfer(request))
        return await answer(controlRoutes, request, env, ctx);
      return await answerUnderFaults(faults, request, env, ctx);
    } catch (error) {
      if (error instanceof ConnectionDropped) return await dropConnection();
      throw error;
    } finally {
      await readToEnd(request);
    }
  },
} satisfies ExportedHandler<Env>;

async function answer(
  routes: Hono<{ Bindings: Env }>,
  request: Request,
  env: Env,
  ctx: ExecutionContext,
): Promise<Response> {
  try {
    if (isTransfer(request)) {
      await prepareState(env, ctx);
      return await serveTransfer(request, env);
    }
    requireToken(request, env);
    requireAccount(request, env);
    await prepareState(env, ctx);
    return await routes.fetch(request, env, ctx);
  } catch (error) {
    return errorResponse(error);
  }
}

async function answerUnderFaults(
  faults: Faults,
  request: Request,
  env: Env,
  ctx: ExecutionContext,
): Promise<Response> {
  // Received whole, a call that is held can go on without its caller.
  const received =
    request.body === null ? request : new Request(request, { body: await request.arrayBuffer() });
  return await underFaults(faults, apiCall(received), async (met) => {
    noteFaults(received, met);
    return await answer(app, received, env, ctx);
  });
}
