import { setTimeout as delay } from 'node:timers/promises';
import { CliError } from '../cli-error.ts';
import { PlatformClient } from '../platform-client.ts';
import type { Setup } from './bootstrap-step.ts';

/** How long a new secret may take to be in force everywhere: 60 seconds. */
const SECRET_TIMEOUT_MS = 60_000;
const SECRET_POLL_MS = 500;

/** Speaks to the platform as an admin, once it knows the token. Errors: `ADMIN_TOKEN_NEEDED`, `ADMIN_TOKEN_INVALID`. */
export async function platformClient({ facts, options }: Setup): Promise<PlatformClient> {
  const { adminToken } = facts;
  if (adminToken === undefined) {
    throw new CliError({
      code: 'ADMIN_TOKEN_NEEDED',
      message: 'The platform has an admin token, and it is not known here.',
      next: 'Set FREEHOLD_ADMIN_TOKEN to it, or have a new one made in its place: --new-admin-token',
    });
  }
  const client = new PlatformClient({ url: options.url, adminToken });
  const deadline = Date.now() + SECRET_TIMEOUT_MS;
  for (;;) {
    try {
      await client.get('/admin/pool');
      return client;
    } catch (thrown) {
      const isUnknown = thrown instanceof CliError && thrown.code === 'ADMIN_TOKEN_INVALID';
      if (!isUnknown || Date.now() > deadline) throw thrown;
    }
    await delay(SECRET_POLL_MS);
  }
}
