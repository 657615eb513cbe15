import { acceptInvitationSchema, invitationSchema } from '#shared-schema/control/people-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { sha256Hex } from '#shared-schema/hashing/sha256.ts';
import { answerJson } from '#shared-schema/http/answer-json.ts';
import { ONE_TIME_TOKEN_HEADER } from '#shared-schema/http/headers.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import type { AccessClaims } from '#shared-schema/tokens/claims.ts';
import type { Platform } from '../platform.ts';
import { mailedUrl } from '../routing/account-address.ts';
import { type AccountRequest, dispatchRequest } from '../routing/dispatch-request.ts';
import type { AccountRoute } from '../routing/route-resolver.ts';
import { limitAttempts } from './limit-attempts.ts';
import { newOneTimeToken, oneTimeLink } from './one-time-token.ts';
import { sessionAnswer } from './session-answer.ts';

/**
 * `POST /invitations`: the user's own request goes to the account Worker, which decides as it does about any other; the
 * hash of a new token goes with it, and the token into a mail. An answer that was given before is not mailed again.
 *
 * Errors: `RATE_LIMITED`; the account Worker's; `MAIL_NOT_SENT` with the `invitation_id`, which is to be revoked.
 */
export async function inviteUser(
  platform: Platform,
  route: AccountRoute,
  incoming: AccountRequest,
  { sub }: AccessClaims,
): Promise<Response> {
  await limitAttempts(platform, `${route.stackId} invite ${sub}`, incoming.request);
  const token = await newOneTimeToken();
  const response = await dispatchRequest(platform, route, incoming, {
    [ONE_TIME_TOKEN_HEADER]: token.sha256,
  });
  if (response.status !== 201 || response.headers.has('idempotency-replayed')) return response;
  const { id, email, name, expires_at } = invitationSchema.parse(await answerJson(response.clone()));
  const { slug } = route;
  const url = mailedUrl(incoming.address, slug, platform.accountUrls);
  const link = oneTimeLink(url, '/invitations/accept', token);
  try {
    await platform.mail.send({
      kind: 'invitation',
      ...{ to: { name, email }, account: { slug, url }, link, expires_at },
    });
  } catch (cause) {
    throw new PlatformError('MAIL_NOT_SENT', { cause, context: { invitation_id: id } });
  }
  return response;
}

/**
 * `POST /invitations/accept`: 201 with the tokens of the new user's first session.
 *
 * Errors: `RATE_LIMITED`, `VALIDATION_FAILED`, `ONE_TIME_TOKEN_INVALID`, `EMAIL_TAKEN`.
 */
export async function acceptInvitation(
  platform: Platform,
  route: AccountRoute,
  { request, requestId }: AccountRequest,
): Promise<Response> {
  const { token, ...accepted } = await readJsonBody(request, acceptInvitationSchema);
  const token_sha256 = await sha256Hex(token);
  await limitAttempts(platform, `${route.stackId} link ${token_sha256}`, request);
  const session = await platform
    .controlClient(requestId)
    .acceptInvitation(route, { ...accepted, token_sha256 });
  return sessionAnswer(platform, route, session, 201);
}
