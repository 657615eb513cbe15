import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { bearerToken } from '#shared-schema/tokens/token-verifier.ts';
import type { Call } from '../http/call.ts';
import { platformVerifier } from './platform-verifier.ts';

/**
 * Ensures that the platform itself asks. Error: `NOT_FOUND` whatever is wrong with the token, as for an address that
 * does not exist.
 */
export async function requireControl(call: Call): Promise<void> {
  try {
    const token = bearerToken(call.request.headers);
    await platformVerifier(call.env).verifyControlToken(token, call.env.STACK_ID);
  } catch (cause) {
    const { status } = asPlatformError(cause);
    throw status >= 500 ? cause : new PlatformError('NOT_FOUND', { cause });
  }
}
