import { join } from 'node:path';
import { execaNode } from 'execa';
import type { LoggedCall } from '#local-cloud/host/cloud-control.ts';
import { reconcileOperations } from '#provisioner/reconciler/reconcile-operations.ts';
import { LEASE_MS } from '#provisioner/registry/claim-operation.ts';
import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import type { ChildOrder } from './child-driver.ts';
import type { FaultWorld } from './fault-world.ts';
import { drive, type Order, place } from './orders.ts';

/** What befalls the driver at a call. */
export const MISHAPS = {
  'killed before it': 'The call never happens.',
  'killed before it, and it happens all the same': 'In the middle of the recovery.',
  'killed after it': 'It happened, and nobody knows.',
  'its reply is lost': 'The driver lives on.',
  'killed after it, and a reply of the recovery is lost': 'The first, or one of the next four.',
} as const;
export type Mishap = keyof typeof MISHAPS;

const CHILD = join(import.meta.dirname, 'child-driver.ts');
const PATIENCE_MS = 60_000;
const POLL_MS = 5;
/** Recoveries are given up after so many passes of the reconciler. */
const MOST_PASSES = 60;
/** Whatever waits waits no longer than this. */
const PASS_EVERY_MS = 2 * LEASE_MS;

/** Processes that were started ahead: their start takes longer than what they do. */
export class Drivers {
  readonly #waiting: ReturnType<typeof startDriver>[] = [];

  take(): ReturnType<typeof startDriver> {
    while (this.#waiting.length < 2) this.#waiting.push(startDriver());
    return this.#waiting.shift() ?? startDriver();
  }

  stop(): void {
    for (const driver of this.#waiting) driver.kill('SIGKILL');
  }
}

function startDriver() {
  return execaNode(CHILD, { ipc: true, reject: false, stderr: 'inherit' });
}

/** The calls that an order takes where nothing goes wrong. */
export async function recordCalls({ control, own, clock }: FaultWorld, order: Order): Promise<LoggedCall[]> {
  await control.clearCalls();
  const operationId = await place(own, order);
  if (operationId === null) throw new Error(`${order.kind} began no operation.`);
  await drive(own, operationId, clock);
  return control.calls();
}

/** Has the mishap befall the driver of the order at its n-th call, and the reconciler work until all is at rest. */
export async function crash(
  world: FaultWorld,
  drivers: Drivers,
  point: { readonly order: Order; readonly mishap: Mishap; readonly call: number },
): Promise<void> {
  const { control } = world;
  const { order, mishap, call } = point;
  await control.clearCalls();
  if (mishap === 'its reply is lost') {
    await control.addFault({ kind: 'drop-after', skip: call });
    await liveOn(world, order);
    await recover(world, order);
    return;
  }
  const before = mishap.startsWith('killed before it');
  const held = await control.addFault({ kind: before ? 'hold-before' : 'hold-after', skip: call });
  await kill(world, drivers, order);
  if (mishap === 'killed before it, and it happens all the same') {
    await Promise.all([recover(world, order), control.releaseFault(held)]);
    return;
  }
  await control.removeFault(held);
  if (mishap.endsWith('is lost')) await control.addFault({ kind: 'drop-after', skip: call % 5 });
  await recover(world, order);
}

/** Places the order and drives its operation in this process, until a lost reply stops it. */
async function liveOn({ own, clock }: FaultWorld, order: Order): Promise<void> {
  try {
    const operationId = await place(own, order);
    if (operationId !== null) await drive(own, operationId, clock);
  } catch (thrown) {
    if (!asPlatformError(thrown).retryable) throw thrown;
  }
}

/** Kills the driver of the order where one of its calls is held. */
async function kill({ place, clock, control }: FaultWorld, drivers: Drivers, order: Order): Promise<void> {
  const driver = drivers.take();
  const told: ChildOrder = { place, order, now: clock.now };
  await driver.sendMessage(JSON.parse(JSON.stringify(told)));
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await control.calls()).some(({ state }) => state.startsWith('held'))) {
    if (performance.now() > deadline) throw new Error(`No call of ${order.kind} was held.`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  driver.kill('SIGKILL');
  await driver;
}

/** Whoever was not answered orders again; then the reconciler comes by until nothing is left to do. */
async function recover({ own, clock, control }: FaultWorld, order: Order): Promise<void> {
  const { REGISTRY } = own.platform.env;
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    clock.now += PASS_EVERY_MS;
    try {
      if (pass < 2) await place(own, order);
      await reconcileOperations(own.platform.operationPorts('the-recovery'));
      const left = await REGISTRY.prepare(
        `SELECT COUNT(*) AS n FROM operations WHERE status IN ('pending', 'running')`,
      ).first<number>('n');
      if (left === 0 && pass > 0) break;
    } catch (thrown) {
      // A reply of the recovery's own was lost, or its order still waits: it comes by again.
      if (!asPlatformError(thrown).retryable) throw thrown;
    }
  }
  await control.removeFaults();
}
