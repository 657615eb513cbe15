import type { Residency } from '#shared-schema/accounts/account.ts';
import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { CloudflareDatabase } from '../cloudflare/cloudflare-api.ts';
import type { StepPorts } from '../operations/operation-step.ts';

/**
 * The database of exactly this name, in the jurisdiction that the residency asks for: made, or adopted where the reply to an
 * earlier try was lost. One API call where nothing went wrong before.
 *
 * Errors: `DATABASE_CONFLICT` where one of the name lies in another jurisdiction; those of the create call.
 */
export async function createOrAdoptDatabase(
  name: string,
  residency: Residency,
  cloudflare: Pick<StepPorts['cloudflare'], 'createDatabase' | 'findDatabase'>,
): Promise<CloudflareDatabase> {
  const database = await createOrFind(name, residency, cloudflare);
  if (database.jurisdiction === residency) return database;
  throw new PlatformError('DATABASE_CONFLICT', {
    context: { database: name, jurisdiction: database.jurisdiction, expected: residency },
  });
}

const UNSENT: ReadonlySet<ErrorCode> = new Set(['API_BUDGET_EXHAUSTED', 'CLOUDFLARE_RATE_LIMITED']);

async function createOrFind(
  name: string,
  residency: Residency,
  cloudflare: Pick<StepPorts['cloudflare'], 'createDatabase' | 'findDatabase'>,
): Promise<CloudflareDatabase> {
  try {
    return await cloudflare.createDatabase(name, residency);
  } catch (refusal) {
    // Refused for the number of calls: this one made nothing, and a look would be refused as well.
    if (UNSENT.has(asPlatformError(refusal).code)) throw refusal;
    const existing = await cloudflare.findDatabase(name);
    if (existing) return existing;
    // The name exists but the list does not show it yet: only time helps.
    if (asPlatformError(refusal).code === 'DATABASE_CONFLICT') {
      throw new PlatformError('CLOUDFLARE_UNAVAILABLE', { cause: refusal });
    }
    throw refusal;
  }
}
