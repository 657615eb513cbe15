import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import { type RunOutcome, runOperation } from '#provisioner/operations/run-operation.ts';
import type { Environment } from '../environment.ts';
import { platformOf } from '../platform.ts';

/**
 * Drives one operation to its end. The registry holds all that matters: this only calls the engine and sleeps between
 * its tries, so it may repeat, die or run beside another driver. Code outside `step.do` runs again on every replay.
 */
export class OperationWorkflow extends WorkflowEntrypoint<Environment, { operationId: string }> {
  override async run(event: WorkflowEvent<{ operationId: string }>, step: WorkflowStep): Promise<void> {
    const { operationId } = event.payload;
    for (let attempt = 1; ; attempt += 1) {
      const outcome: RunOutcome = await step.do(`run ${attempt}`, { timeout: '15 minutes' }, () => {
        const platform = platformOf(this.env);
        return runOperation(platform.operationPorts(`workflow ${event.instanceId}`), operationId, 'workflow');
      });
      if (outcome.finished) return;
      // A Workflow that is to sleep until a time that has passed fails.
      const waitMs = outcome.availableAt - Date.now();
      if (waitMs > 0) await step.sleep(`wait ${attempt}`, waitMs);
    }
  }
}
