import { Hono } from 'hono';
import { getOperation } from '#provisioner/registry/operations.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { adminApp } from '../admin/admin-app.ts';
import { streamOperation } from '../operations/stream-operation.ts';
import { findProvider, LISTED_PROVIDERS } from '../providers/provider-rows.ts';
import { signUp } from '../signup/sign-up.ts';
import { answerHealth } from './answer-health.ts';
import { answerList } from './list-rows.ts';
import { refuseOtherMethods } from './refuse-other-methods.ts';
import type { RequestEnvironment } from './request-environment.ts';

/** How long others may keep the public keys: 5 minutes. */
const JWKS_MAX_AGE_SECONDS = 300;

/** The platform's own routes: everything that is not an account's. */
export const platformApp = createPlatformApp();

function createPlatformApp(): Hono<RequestEnvironment> {
  const app = new Hono<RequestEnvironment>();

  app.get('/health', ({ env: { platform } }) => answerHealth(platform));
  app.post('/accounts', ({ env: { platform, requestId }, req }) => signUp(platform, req.raw, requestId));

  app.get('/operations/:id', async ({ env: { platform }, req }) => {
    const id = req.param('id');
    if (req.header('accept')?.includes('text/event-stream')) {
      return streamOperation(platform.env.REGISTRY, id, req.raw.signal);
    }
    return Response.json(await getOperation(platform.env.REGISTRY, id));
  });

  app.get('/providers', ({ env: { platform }, req }) =>
    answerList(platform.env.REGISTRY, req.url, LISTED_PROVIDERS),
  );
  app.get('/providers/:id', async ({ env: { platform }, req }) => {
    const provider = await findProvider(platform.env.REGISTRY, LISTED_PROVIDERS, req.param('id'));
    if (!provider) throw new PlatformError('PROVIDER_NOT_FOUND');
    return Response.json(provider);
  });

  app.get('/.well-known/jwks.json', ({ env: { platform } }) =>
    Response.json(platform.keys.publicKeys, {
      headers: { 'cache-control': `public, max-age=${JWKS_MAX_AGE_SECONDS}` },
    }),
  );

  app.route('/admin', adminApp());
  refuseOtherMethods(app);
  app.notFound(() => {
    throw new PlatformError('NOT_FOUND');
  });
  app.onError((error) => {
    throw error;
  });
  return app;
}
