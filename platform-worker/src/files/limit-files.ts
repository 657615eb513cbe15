import { clientAddress } from '../http/client-address.ts';
import { rateLimited } from '../identity/limit-attempts.ts';
import type { Platform } from '../platform.ts';

/**
 * Counts a request for a file, before its token is looked at: by account and client address, so that neither another
 * account nor another office uses up what is left. Error: `RATE_LIMITED`.
 */
export async function limitFiles({ env }: Platform, accountId: string, request: Request): Promise<void> {
  const limit = await env.FILE_LIMIT.limit({ key: `${accountId} ${clientAddress(request)}` });
  if (!limit.success) throw rateLimited();
}
