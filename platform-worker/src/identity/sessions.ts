import { credentialsSchema, refreshSchema } from '#shared-schema/control/control-calls.ts';
import { externalLoginSchema } from '#shared-schema/control/people-calls.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import type { Platform } from '../platform.ts';
import type { AccountRequest } from '../routing/dispatch-request.ts';
import type { AccountRoute } from '../routing/route-resolver.ts';
import { limitAttempts } from './limit-attempts.ts';
import { sessionAnswer } from './session-answer.ts';

/** `POST /sessions` of an account: 201 with the tokens. Errors: `RATE_LIMITED`, `INVALID_CREDENTIALS`. */
export async function logIn(platform: Platform, route: AccountRoute, { request, requestId }: AccountRequest) {
  const credentials = await readJsonBody(request, credentialsSchema);
  await limitAttempts(platform, `${route.stackId} ${credentials.email}`, request);
  const session = await platform.controlClient(requestId).authenticate(route, credentials);
  return sessionAnswer(platform, route, session, 201);
}

/**
 * `POST /sessions/external` of an account: 201 with the tokens, for the user whose address a trusted issuer verified.
 *
 * Errors: `RATE_LIMITED`; `INVALID_CREDENTIALS` for a bad token and an unknown user alike; `ISSUER_UNAVAILABLE`.
 */
export async function logInExternally(
  platform: Platform,
  route: AccountRoute,
  { request, requestId }: AccountRequest,
) {
  const { id_token } = await readJsonBody(request, externalLoginSchema);
  const email = await platform.idTokens.verifiedEmail(id_token, route.slug, requestId);
  await limitAttempts(platform, `${route.stackId} external ${email}`, request);
  const session = await platform.controlClient(requestId).openExternalSession(route, email);
  return sessionAnswer(platform, route, session, 201);
}

/** `POST /sessions/refresh`: 200 with new tokens; the refresh token sent is used up. Error: `REFRESH_TOKEN_INVALID`. */
export async function refreshSession(
  platform: Platform,
  route: AccountRoute,
  { request, requestId }: AccountRequest,
) {
  const { refresh_token } = await readJsonBody(request, refreshSchema);
  const session = await platform.controlClient(requestId).refresh(route, refresh_token);
  return sessionAnswer(platform, route, session, 200);
}
