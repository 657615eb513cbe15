import { beginDuePurges } from '#provisioner/reconciler/begin-due-purges.ts';
import { startWorkflow } from '../operations/start-workflow.ts';
import type { Platform } from '../platform.ts';

/** Has every account destroyed whose grace is over. */
export async function purgeWhatIsDue(platform: Platform, requestId: string): Promise<void> {
  for (const operationId of await beginDuePurges(platform.operationPorts(requestId))) {
    await startWorkflow(platform, operationId, requestId);
  }
}
