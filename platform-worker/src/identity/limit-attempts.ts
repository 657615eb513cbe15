import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { clientAddress } from '../http/client-address.ts';
import type { Platform } from '../platform.ts';

/**
 * Counts an attempt on what belongs to one person (a password, a mailbox, a link): by person and client address, and by
 * person from anywhere. Never by address alone: a firm of thousands may have one. Error: `RATE_LIMITED`.
 */
export async function limitAttempts({ env }: Platform, person: string, request: Request): Promise<void> {
  const limits = await Promise.all([
    env.LOGIN_LIMIT.limit({ key: `${person} ${clientAddress(request)}` }),
    env.LOGIN_LIMIT_PER_USER.limit({ key: person }),
  ]);
  if (limits.some((limit) => !limit.success)) throw rateLimited();
}

/** The refusal of any limit: they all count by the minute. */
export function rateLimited(): PlatformError {
  return new PlatformError('RATE_LIMITED', { retryAfterMs: 60_000 });
}
