import { completePasswordResetSchema, passwordResetSchema } from '#shared-schema/control/people-calls.ts';
import { sha256Hex } from '#shared-schema/hashing/sha256.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import type { AccessClaims } from '#shared-schema/tokens/claims.ts';
import type { Platform } from '../platform.ts';
import { mailedUrl } from '../routing/account-address.ts';
import { type AccountRequest, dispatchRequest } from '../routing/dispatch-request.ts';
import type { AccountRoute } from '../routing/route-resolver.ts';
import { limitAttempts } from './limit-attempts.ts';
import { newOneTimeToken, oneTimeLink } from './one-time-token.ts';

/** `POST /me/password`: the account Worker's, with the attempts counted as log-ins are. Error: `RATE_LIMITED`. */
export async function changePassword(
  platform: Platform,
  route: AccountRoute,
  incoming: AccountRequest,
  { sub }: AccessClaims,
): Promise<Response> {
  await limitAttempts(platform, `${route.stackId} password ${sub}`, incoming.request);
  return dispatchRequest(platform, route, incoming);
}

/**
 * `POST /password-resets`: 202, always the same. The account is asked and the mail sent after the answer has gone, so
 * that neither the answer nor its time tells whether there is such a user. What fails then is logged; the person asks
 * again.
 *
 * Errors: `RATE_LIMITED`, `VALIDATION_FAILED`.
 */
export async function requestPasswordReset(
  platform: Platform,
  route: AccountRoute,
  incoming: AccountRequest,
): Promise<Response> {
  const { request, requestId, keepAlive } = incoming;
  const { email } = await readJsonBody(request, passwordResetSchema);
  await limitAttempts(platform, `${route.stackId} reset ${email}`, request);
  keepAlive(
    sendResetLink(platform, route, incoming, email).catch((thrown: unknown) => {
      const error = thrown instanceof Error ? thrown.stack : String(thrown);
      console.error(JSON.stringify({ event: 'password-reset-not-sent', request_id: requestId, error }));
    }),
  );
  return Response.json({ status: 'accepted' }, { status: 202 });
}

async function sendResetLink(
  platform: Platform,
  route: AccountRoute,
  { address, requestId }: AccountRequest,
  email: string,
): Promise<void> {
  const token = await newOneTimeToken();
  const { recipient } = await platform
    .controlClient(requestId)
    .requestPasswordReset(route, { email, token_sha256: token.sha256 });
  if (!recipient) return;
  const { slug } = route;
  const url = mailedUrl(address, slug, platform.accountUrls);
  const { name, expires_at } = recipient;
  const link = oneTimeLink(url, '/password-resets/complete', token);
  await platform.mail.send({
    kind: 'password-reset',
    ...{ to: { name, email: recipient.email }, account: { slug, url }, link, expires_at },
  });
}

/**
 * `POST /password-resets/complete`: 204; the new password holds and all the user's sessions have ended.
 *
 * Errors: `RATE_LIMITED`, `VALIDATION_FAILED`, `ONE_TIME_TOKEN_INVALID`.
 */
export async function completePasswordReset(
  platform: Platform,
  route: AccountRoute,
  { request, requestId }: AccountRequest,
): Promise<Response> {
  const { token, new_password } = await readJsonBody(request, completePasswordResetSchema);
  const token_sha256 = await sha256Hex(token);
  await limitAttempts(platform, `${route.stackId} link ${token_sha256}`, request);
  await platform.controlClient(requestId).completePasswordReset(route, { new_password, token_sha256 });
  return new Response(null, { status: 204 });
}
