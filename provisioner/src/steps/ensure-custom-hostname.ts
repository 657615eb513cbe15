import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { CloudflareHostname } from '../cloudflare/custom-hostname.ts';
import type { OperationStep, StepPorts } from '../operations/operation-step.ts';
import { orderedHostname } from './ordered-hostname.ts';

/** How long one that exists by Cloudflare's refusal is looked for in a list that may be late: 30 seconds. */
const LOOK_FOR_MS = 30_000;

/**
 * Cloudflare has the custom hostname in the platform's zone, and looks from now on whether it is verified. One API call where
 * nothing went wrong before; after any failure it is looked up by its exact name, and adopted where its requests come to the
 * platform as those of a new one would.
 *
 * Errors: `HOSTNAME_CONFLICT` where it is in another zone or leads elsewhere; those of the create call.
 */
export const ensureCustomHostname: OperationStep = {
  name: 'ensure-custom-hostname',
  async run(subject, { cloudflare, now }) {
    const { hostname } = orderedHostname(subject);
    const mayBeLate = now() - subject.startedAt < LOOK_FOR_MS;
    const made = await createOrAdopt(hostname, cloudflare, mayBeLate);
    return { hostname: { hostname, made }, facts: { hostname } };
  },
};

const UNSENT: ReadonlySet<ErrorCode> = new Set(['API_BUDGET_EXHAUSTED', 'CLOUDFLARE_RATE_LIMITED']);

async function createOrAdopt(
  hostname: string,
  cloudflare: StepPorts['cloudflare'],
  mayBeLate: boolean,
): Promise<CloudflareHostname> {
  try {
    return await cloudflare.createCustomHostname(hostname);
  } catch (refusal) {
    const { code } = asPlatformError(refusal);
    // Refused for the number of calls: this one made nothing, and a look would be refused as well.
    if (UNSENT.has(code)) throw refusal;
    const existing = await cloudflare.findCustomHostname(hostname);
    if (existing?.leadsElsewhere) throw new PlatformError('HOSTNAME_CONFLICT', { cause: refusal });
    if (existing) return existing;
    if (code === 'HOSTNAME_CONFLICT' && mayBeLate) {
      throw new PlatformError('CLOUDFLARE_UNAVAILABLE', { cause: refusal });
    }
    throw refusal;
  }
}
