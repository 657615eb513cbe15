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
import { readToEnd } from '../read-to-end.ts';
import { prepareState } from '../state/prepare-state.ts';
import { accountRoutes } from './account-routes.ts';
import { ApiError } from './api-error.ts';
import { requireAccount, requireToken } from './authenticate.ts';
import { errorResponse } from './envelope.ts';
import { ordinaryScriptRoutes } from './ordinary-script-routes.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

const app = new Hono<{ Bindings: Env }>()
  .basePath('/client/v4')
  .route('/', accountRoutes)
  .route('/accounts/:account/d1/database', databaseRoutes)
  .route('/accounts/:account/d1/database', timeTravelRoutes)
  .route('/accounts/:account/d1/database', transferRoutes)
  .route('/accounts/:account/workers/scripts', ordinaryScriptRoutes)
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

/** The Cloudflare v4 API. */
export const api = {
  async fetch(request, env, ctx) {
    try {
      if (isTransfer(request)) {
        await prepareState(env, ctx);
        return await serveTransfer(request, env);
      }
      requireToken(request, env);
      requireAccount(request, env);
      await prepareState(env, ctx);
      return await app.fetch(request, env, ctx);
    } catch (error) {
      return errorResponse(error);
    } finally {
      await readToEnd(request);
    }
  },
} satisfies ExportedHandler<Env>;
