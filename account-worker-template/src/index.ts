import { Hono } from 'hono';
import { errorResponse } from '#shared-schema/errors/error-envelope.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { REQUEST_ID_HEADER, SECURITY_HEADERS } from '#shared-schema/http/headers.ts';
import { listChanges } from './changes/list-changes.ts';
import { acceptInvitation } from './control/accept-invitation.ts';
import { authenticate } from './control/authenticate.ts';
import { completePasswordReset } from './control/complete-password-reset.ts';
import { ensureOwner } from './control/ensure-owner.ts';
import { getHealth } from './control/get-health.ts';
import { migrate } from './control/migrate.ts';
import { openExternalSession } from './control/open-external-session.ts';
import { refresh } from './control/refresh.ts';
import { requestPasswordReset } from './control/request-password-reset.ts';
import { reviewFiles } from './control/review-files.ts';
import { storeFile } from './control/store-file.ts';
import { documentRoutes } from './documents/document-routes.ts';
import { ENTITIES } from './entities/entities.ts';
import { beginCall } from './http/call.ts';
import { logFailure } from './http/log-failure.ts';
import { type AppEnv, controlRoutes, userRoutes } from './http/routes.ts';
import { invitationRoutes } from './invitations/invitation-routes.ts';
import { changePassword } from './passwords/change-password.ts';
import { personalDataRoutes } from './personal-data/personal-data-routes.ts';
import { recordRoutes } from './records/record-routes.ts';
import { endAllSessions } from './sessions/end-all-sessions.ts';
import { endCurrentSession } from './sessions/end-current-session.ts';
import { readMe } from './sessions/read-me.ts';

const app = new Hono<AppEnv>();

app.use(async (context, next) => {
  const call = beginCall(context.req.raw, context.env, Date.now());
  context.set('call', call);
  await next();
  const answered = { ...SECURITY_HEADERS, [REQUEST_ID_HEADER]: call.requestId };
  for (const [name, value] of Object.entries(answered)) context.header(name, value);
});

controlRoutes(app, '/_platform/health', { GET: getHealth });
controlRoutes(app, '/_platform/migrate', { POST: migrate });
controlRoutes(app, '/_platform/owner', { PUT: ensureOwner });
controlRoutes(app, '/_platform/authenticate', { POST: authenticate });
controlRoutes(app, '/_platform/refresh', { POST: refresh });
controlRoutes(app, '/_platform/open-external-session', { POST: openExternalSession });
controlRoutes(app, '/_platform/accept-invitation', { POST: acceptInvitation });
controlRoutes(app, '/_platform/request-password-reset', { POST: requestPasswordReset });
controlRoutes(app, '/_platform/complete-password-reset', { POST: completePasswordReset });
controlRoutes(app, '/_platform/files/stored', { PUT: storeFile });
controlRoutes(app, '/_platform/files/review', { POST: reviewFiles });

userRoutes(app, '/sessions', { DELETE: endAllSessions });
userRoutes(app, '/sessions/current', { DELETE: endCurrentSession });
userRoutes(app, '/me', { GET: readMe });
userRoutes(app, '/me/password', { POST: changePassword });
userRoutes(app, '/changes', { GET: listChanges });
for (const entity of ENTITIES) recordRoutes(app, entity);
invitationRoutes(app);
documentRoutes(app);
personalDataRoutes(app);

app.notFound((context) => errorResponse(new PlatformError('NOT_FOUND'), context.var.call.requestId));

app.onError((thrown, context) => {
  logFailure(context.var.call, thrown);
  return errorResponse(thrown, context.var.call.requestId);
});

export default app;
