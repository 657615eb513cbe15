import type { Hono } from 'hono';
import { acceptInvitationSchema } from '#shared-schema/control/people-calls.ts';
import type { RouteDescription } from '#shared-schema/openapi/route-description.ts';
import { CONTROL_CALL_ERRORS } from '../control/control-call-errors.ts';
import { invitationEntity, invitationInputSchema } from '../entities/invitation.ts';
import { type AppEnv, platformAnswers, type UserRoute, userRoutes } from '../http/routes.ts';
import { routesOf } from '../records/record-routes.ts';
import { session } from '../sessions/session-schema.ts';
import { createInvitation } from './create-invitation.ts';

const acceptInvitationRoute: RouteDescription = {
  name: 'acceptInvitation',
  tag: 'invitations',
  summary: 'Accept an invitation',
  description:
    '`token` is what stands behind `#token=` in the link. It works once. Without a `name` the one of the invitation is taken. Limited by the minute.',
  body: { name: 'InvitationAcceptance', schema: acceptInvitationSchema },
  answers: { 201: { description: "The new user's first session.", body: session } },
  errors: ['EMAIL_TAKEN', 'ONE_TIME_TOKEN_INVALID', 'RATE_LIMITED', ...CONTROL_CALL_ERRORS],
};

/** An invitation is made, read and revoked, never changed. */
export function invitationRoutes(app: Hono<AppEnv>): void {
  const { list, create, read, remove } = routesOf(invitationEntity);
  const invite: UserRoute = {
    ...create,
    summary: 'Invite somebody',
    description:
      'The link is mailed to the address. Where the mail could not be sent, revoke the invitation that `context.invitation_id` names and send another. Limited by the minute, for each user and address.',
    body: { name: 'NewInvitation', schema: invitationInputSchema },
    errors: ['EMAIL_INVITED', 'EMAIL_TAKEN', 'MAIL_NOT_SENT', 'RATE_LIMITED'],
    handler: createInvitation,
  };
  userRoutes(app, '/invitations', { GET: list, POST: invite });
  userRoutes(app, '/invitations/:id', { GET: read, DELETE: { ...remove, summary: 'Revoke an invitation' } });
  platformAnswers(app, '/invitations/accept', { POST: acceptInvitationRoute });
}
