import { Hono } from 'hono';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { mountAdminRoutes } from '../admin/mount-admin-routes.ts';
import { FILE_ROUTES } from '../files/file-routes.ts';
import { jwksRoute } from '../identity/jwks-route.ts';
import { operationRoute } from '../operations/operation-routes.ts';
import { listProvidersRoute, readProviderRoute } from '../providers/provider-routes.ts';
import { signUpRoute } from '../signup/sign-up.ts';
import { documentRoutes } from './document-routes.ts';
import { healthRoute } from './health-route.ts';
import { refuseOtherMethods } from './refuse-other-methods.ts';
import type { RequestEnvironment } from './request-environment.ts';
import { accountAnswers, publicRoutes } from './routes.ts';

/** The platform's own routes: everything that is not an account's. */
export const platformApp = createPlatformApp();

function createPlatformApp(): Hono<RequestEnvironment> {
  const app = new Hono<RequestEnvironment>();
  publicRoutes(app, '/health', { GET: healthRoute });
  publicRoutes(app, '/accounts', { POST: signUpRoute });
  publicRoutes(app, '/operations/:id', { GET: operationRoute });
  publicRoutes(app, '/providers', { GET: listProvidersRoute });
  publicRoutes(app, '/providers/:id', { GET: readProviderRoute });
  publicRoutes(app, '/.well-known/jwks.json', { GET: jwksRoute });
  accountAnswers(app, '/a/:slug/files/:token', FILE_ROUTES);
  documentRoutes(app);
  mountAdminRoutes(app);
  refuseOtherMethods(app);
  app.notFound(() => {
    throw new PlatformError('NOT_FOUND');
  });
  app.onError((error) => {
    throw error;
  });
  return app;
}
