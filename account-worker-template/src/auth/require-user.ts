import { bearerToken } from '#shared-schema/tokens/token-verifier.ts';
import type { Call, UserCall } from '../http/call.ts';
import { platformVerifier } from './platform-verifier.ts';

/**
 * The call with its user, as a token of this stack's own audience says.
 *
 * Errors: `TOKEN_MISSING`, `TOKEN_INVALID`, `TOKEN_EXPIRED`, `ACCOUNT_NOT_FOUND` (a token of another stack).
 */
export async function requireUser(call: Call): Promise<UserCall> {
  const token = bearerToken(call.request.headers);
  const claims = await platformVerifier(call.env).verifyAccessToken(token, call.env.STACK_ID);
  const { sub, sid, account_id, role } = claims;
  return { ...call, actor: { userId: sub, sessionId: sid, accountId: account_id, role } };
}
