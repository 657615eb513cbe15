import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { RETRY_FOR_MS } from '../operations/backoff.ts';
import type { OperationFacts, StepPorts, StepSubject, StepWait } from '../operations/operation-step.ts';

/** How long Cloudflare is left alone with work that it has begun: 1 second. */
const POLL_EVERY_MS = 1_000;

/** The step asks again in a moment. Error: `CLOUDFLARE_UNAVAILABLE` where it has asked for as long as failures are tried again. */
export function pollAgain(
  { startedAt }: StepSubject,
  { now }: StepPorts,
  facts: OperationFacts = {},
): StepWait {
  if (now() - startedAt >= RETRY_FOR_MS) throw new PlatformError('CLOUDFLARE_UNAVAILABLE');
  return { waitUntil: now() + POLL_EVERY_MS, facts };
}

/** The step goes on at once, and whoever goes on knows the facts: they are worth more than the work that found them. */
export function goOnWith(facts: OperationFacts, { now }: StepPorts): StepWait {
  return { waitUntil: now(), facts };
}
