import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { sha256Hex } from '#shared-schema/hashing/sha256.ts';
import { bearerToken } from '#shared-schema/tokens/token-verifier.ts';

/**
 * Lets only the bearer of the admin token pass. Digests are compared, so the time taken tells nothing about the token.
 * Errors: `TOKEN_MISSING`, `ADMIN_TOKEN_INVALID`.
 */
export async function requireAdmin(headers: Headers, tokenSha256: string): Promise<void> {
  if ((await sha256Hex(bearerToken(headers))) !== tokenSha256) throw new PlatformError('ADMIN_TOKEN_INVALID');
}
