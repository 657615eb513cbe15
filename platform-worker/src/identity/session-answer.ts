import type { OpenedSession } from '#shared-schema/control/control-calls.ts';
import { ACCESS_TOKEN_LIFETIME_SECONDS } from '#shared-schema/tokens/claims.ts';
import type { Platform } from '../platform.ts';
import type { AccountRoute } from '../routing/route-resolver.ts';

/** What a session that the account Worker opened is answered as: its refresh token, and an access token minted for it. */
export async function sessionAnswer(
  platform: Platform,
  route: AccountRoute,
  session: OpenedSession,
  status: 200 | 201,
): Promise<Response> {
  const answer = {
    access_token: await platform.minter.accessToken(route.stackId, route.accountId, session),
    token_type: 'Bearer',
    expires_in: ACCESS_TOKEN_LIFETIME_SECONDS,
    refresh_token: session.refresh_token,
    user: session.user,
  };
  return Response.json(answer, { status });
}
