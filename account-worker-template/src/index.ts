import { Hono } from 'hono';
import { errorResponse } from '#shared-schema/errors/error-envelope.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { REQUEST_ID_HEADER, SECURITY_HEADERS } from '#shared-schema/http/headers.ts';
import { changesRoute } from './changes/list-changes.ts';
import { acceptInvitation } from './control/accept-invitation.ts';
import { authenticate } from './control/authenticate.ts';
import { claimCopy } from './control/claim-copy.ts';
import { completePasswordReset } from './control/complete-password-reset.ts';
import { ensureOwner } from './control/ensure-owner.ts';
import { getHealth } from './control/get-health.ts';
import { getSchema } from './control/get-schema.ts';
import { listFiles } from './control/list-files.ts';
import { migrate } from './control/migrate.ts';
import { openExternalSession } from './control/open-external-session.ts';
import { refresh } from './control/refresh.ts';
import { requestPasswordReset } from './control/request-password-reset.ts';
import { reviewFiles } from './control/review-files.ts';
import { storeFile } from './control/store-file.ts';
import { takeOver } from './control/take-over.ts';
import { documentRoutes } from './documents/document-routes.ts';
import { ENTITIES } from './entities/entities.ts';
import { beginCall } from './http/call.ts';
import { logFailure } from './http/log-failure.ts';
import { type AppEnv, controlRoutes, platformAnswers, userRoutes } from './http/routes.ts';
import { invitationRoutes } from './invitations/invitation-routes.ts';
import { changePasswordRoute } from './passwords/change-password.ts';
import { completePasswordResetRoute, requestPasswordResetRoute } from './passwords/password-reset-routes.ts';
import { personalDataRoutes } from './personal-data/personal-data-routes.ts';
import { recordRoutes } from './records/record-routes.ts';
import { referenceRoutes } from './reference/reference-routes.ts';
import { endAllSessionsRoute } from './sessions/end-all-sessions.ts';
import { endCurrentSessionRoute } from './sessions/end-current-session.ts';
import { meRoute } from './sessions/read-me.ts';
import { logInExternallyRoute, logInRoute, refreshRoute } from './sessions/session-routes.ts';

const app = new Hono<AppEnv>();

app.use(async (context, next) => {
  const call = beginCall(context.req.raw, context.env, Date.now());
  context.set('call', call);
  await next();
  const answered = { ...SECURITY_HEADERS, [REQUEST_ID_HEADER]: call.requestId };
  for (const [name, value] of Object.entries(answered)) {
    if (!context.res.headers.has(name)) context.header(name, value);
  }
});

controlRoutes(app, '/_platform/health', { GET: getHealth });
controlRoutes(app, '/_platform/schema', { GET: getSchema });
controlRoutes(app, '/_platform/migrate', { POST: migrate });
controlRoutes(app, '/_platform/owner', { PUT: ensureOwner });
controlRoutes(app, '/_platform/take-over', { POST: takeOver });
controlRoutes(app, '/_platform/claim-copy', { POST: claimCopy });
controlRoutes(app, '/_platform/authenticate', { POST: authenticate });
controlRoutes(app, '/_platform/refresh', { POST: refresh });
controlRoutes(app, '/_platform/open-external-session', { POST: openExternalSession });
controlRoutes(app, '/_platform/accept-invitation', { POST: acceptInvitation });
controlRoutes(app, '/_platform/request-password-reset', { POST: requestPasswordReset });
controlRoutes(app, '/_platform/complete-password-reset', { POST: completePasswordReset });
controlRoutes(app, '/_platform/files/stored', { PUT: storeFile });
controlRoutes(app, '/_platform/files/list', { POST: listFiles });
controlRoutes(app, '/_platform/files/review', { POST: reviewFiles });

platformAnswers(app, '/sessions', { POST: logInRoute });
platformAnswers(app, '/sessions/external', { POST: logInExternallyRoute });
platformAnswers(app, '/sessions/refresh', { POST: refreshRoute });
userRoutes(app, '/sessions', { DELETE: endAllSessionsRoute });
userRoutes(app, '/sessions/current', { DELETE: endCurrentSessionRoute });
userRoutes(app, '/me', { GET: meRoute });
userRoutes(app, '/me/password', { POST: changePasswordRoute });
platformAnswers(app, '/password-resets', { POST: requestPasswordResetRoute });
platformAnswers(app, '/password-resets/complete', { POST: completePasswordResetRoute });
userRoutes(app, '/changes', { GET: changesRoute });
for (const entity of ENTITIES) recordRoutes(app, entity);
invitationRoutes(app);
documentRoutes(app);
personalDataRoutes(app);
referenceRoutes(app);

app.notFound((context) => errorResponse(new PlatformError('NOT_FOUND'), context.var.call.requestId));

app.onError((thrown, context) => {
  logFailure(context.var.call, thrown);
  return errorResponse(thrown, context.var.call.requestId);
});

export default app;
