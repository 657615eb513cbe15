import type { Platform } from '#platform-worker/platform.ts';
import { createAccount } from '#platform-worker/signup/create-account.ts';
import type { OperationKind } from '#shared-schema/operations/operation.ts';
import { CELL, NAMESPACE, type World } from './world.ts';

/**
 * Brings about one operation of each kind, as the platform does. A kind is simulated once it stands here: make what it
 * needs (`world.persist`), record the operation by the platform's own code, and start its Workflow or leave it lying.
 */
export const WORKLOADS: Partial<Record<OperationKind, (world: World, number: number) => Promise<void>>> = {
  async provision(world, number) {
    const operationId = await signUp(world, number);
    if (operationId !== null && world.random() < 0.9) world.startWorkflow(operationId);
  },
};

/** Signs up until it is acknowledged. Null where an answer given before came again: that signup started its Workflow. */
async function signUp(world: World, number: number): Promise<string | null> {
  return world.persist('signup', async (driver) => {
    const platform = {
      env: { REGISTRY: world.registry.asD1(driver.gate) },
      stackPlace: { cell: CELL, dispatchNamespace: NAMESPACE },
      now: world.time.now,
      newId: driver.newId,
      accountUrls: { platformUrl: 'https://p.test', platformDomain: 'p.test', form: 'host' },
    } as unknown as Platform; // what a signup uses of it
    const { operationId } = await createAccount(platform, {
      signup: {
        ...{ name: 'Hart', slug: `hart-${number}`, residency: 'eu' as const },
        owner: { name: 'Ann', email: 'ann@hart.example', password: 'correct horse battery' },
      },
      passwordHash: 'scrypt$1$1$1$AA==$AA==',
      idempotent: { key: `signup ${number}`, fingerprint: String(number), now: world.time.now() },
      requestId: driver.name,
    });
    return operationId;
  });
}
