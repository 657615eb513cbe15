import { ROUTE_LIFETIME_MS } from '#shared-schema/accounts/route-lifetime.ts';
import type { OperationStep, StepResult, StepWait } from '../operations/operation-step.ts';

/** No isolate leads anybody any more where the account's addresses led before the operation began, or before `routed_at`. */
export const awaitRouteExpiry: OperationStep = {
  name: 'await-route-expiry',
  async run({ facts, startedAt }, { now }): Promise<StepResult | StepWait> {
    const expired = Number(facts.routed_at ?? startedAt) + ROUTE_LIFETIME_MS;
    if (now() >= expired) return {};
    return { waitUntil: expired };
  },
};
