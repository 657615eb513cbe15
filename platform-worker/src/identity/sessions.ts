import {
  credentialsSchema,
  type OpenedSession,
  refreshSchema,
} from '#shared-schema/control/control-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { ACCESS_TOKEN_LIFETIME_SECONDS } from '#shared-schema/tokens/claims.ts';
import { clientAddress } from '../http/client-address.ts';
import type { Platform } from '../platform.ts';
import type { AccountRoute } from '../routing/route-resolver.ts';

/** `POST /sessions` of an account: 201 with the tokens. Errors: `RATE_LIMITED`, `INVALID_CREDENTIALS`. */
export async function logIn(platform: Platform, route: AccountRoute, request: Request, requestId: string) {
  const credentials = await readJsonBody(request, credentialsSchema);
  await limitLogins(platform, `${route.stackId} ${credentials.email}`, clientAddress(request));
  const session = await platform.controlClient(requestId).authenticate(target(route), credentials);
  return sessionAnswer(platform, route, session, 201);
}

/** `POST /sessions/refresh`: 200 with new tokens; the refresh token sent is used up. Error: `REFRESH_TOKEN_INVALID`. */
export async function refreshSession(
  platform: Platform,
  route: AccountRoute,
  request: Request,
  requestId: string,
) {
  const { refresh_token } = await readJsonBody(request, refreshSchema);
  const session = await platform.controlClient(requestId).refresh(target(route), refresh_token);
  return sessionAnswer(platform, route, session, 200);
}

async function limitLogins({ env }: Platform, user: string, address: string): Promise<void> {
  const limits = await Promise.all([
    env.LOGIN_LIMIT.limit({ key: `${user} ${address}` }),
    env.LOGIN_LIMIT_PER_USER.limit({ key: user }),
  ]);
  if (limits.some((limit) => !limit.success))
    throw new PlatformError('RATE_LIMITED', { retryAfterMs: 60_000 });
}

function target(route: AccountRoute) {
  return { stackId: route.stackId, workerName: route.workerName };
}

async function sessionAnswer(
  platform: Platform,
  route: AccountRoute,
  session: OpenedSession,
  status: 200 | 201,
) {
  const answer = {
    access_token: await platform.minter.accessToken(route.stackId, route.accountId, session),
    token_type: 'Bearer',
    expires_in: ACCESS_TOKEN_LIFETIME_SECONDS,
    refresh_token: session.refresh_token,
    user: session.user,
  };
  return Response.json(answer, { status });
}
