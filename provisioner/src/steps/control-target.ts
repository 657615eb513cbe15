import type { Stack } from '#shared-schema/stacks/stack.ts';
import type { ControlTarget } from '../account-worker/control-client.ts';

export function controlTarget(stack: Pick<Stack, 'id' | 'worker_name'>): ControlTarget {
  return { stackId: stack.id, workerName: stack.worker_name };
}
