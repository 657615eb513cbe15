import { fillPool } from '#provisioner/pool/fill-pool.ts';
import { startWorkflow } from '../operations/start-workflow.ts';
import type { Platform } from '../platform.ts';

/** Has a stack made in the place of one that was claimed. What fails here, the cron does. */
export async function refillPool(platform: Platform, requestId: string): Promise<void> {
  try {
    const begun = await fillPool(platform.pool);
    await Promise.all(begun.map((operationId) => startWorkflow(platform, operationId, requestId)));
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown.stack : String(thrown);
    console.error(JSON.stringify({ event: 'pool-not-refilled', request_id: requestId, error }));
  }
}
