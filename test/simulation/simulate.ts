import { ADMIN_CALLS, LANE_PLANS, SLOT_MS, SLOTS, slotOf } from '#provisioner/api-budget/budget-plan.ts';
import { reconcileOperations } from '#provisioner/reconciler/reconcile-operations.ts';
import { retryOperation } from '#provisioner/registry/operations.ts';
import { advanceRollouts } from '#provisioner/rollouts/advance-rollouts.ts';
import { sha256Hex } from '#shared-schema/hashing/sha256.ts';
import { disagreements } from './expect-agreement.ts';
import { pick } from './fault-plan.ts';
import { FIRST_RELEASE, RELEASES, schemaOf } from './model-releases.ts';
import { START } from './virtual-time.ts';
import { WORKLOADS } from './workloads.ts';
import { CELL, IS_SETTLED, World } from './world.ts';

const CONTROLLERS = 2;
const CRON_MS = 60_000;
/** For so long the platform's cron carries rollouts on. */
const ROLLOUTS_FOR_MS = 50_000;
const MOST_OPERATIONS = 4;
/** In how many slots a busy world's quota was used up. */
const BUSY_SLOTS = 22;
/** Whatever is not done in so long a virtual time is lost. */
const PATIENCE_MS = 6 * 60 * 60_000;

export interface Simulation {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly trace: readonly string[];
  /** Of the trace: the same for the same seed. */
  readonly hash: string;
  readonly operations: number;
}

/** Plays one seed to its end, or to its first problem. */
export async function simulate(seed: number): Promise<Simulation> {
  const world = new World(seed);
  prepare(world);
  const operations = 1 + Math.floor(world.random() * MOST_OPERATIONS);
  let begun = 0;
  for (let number = 0; number < operations; number += 1) {
    const workload = pick(world.random, WORKLOADS);
    world.time.after(world.random() * 20_000, () => {
      void workload(world, number).then(() => {
        begun += 1;
      });
    });
  }
  const done = () => begun === operations && unfinished(world) === 0;
  for (let controller = 0; controller < CONTROLLERS; controller += 1) reconcile(world, done);
  retryFailed(world, done);
  while (world.problems.length === 0 && (await world.time.step())) {
    if (world.time.now() > START + PATIENCE_MS) world.report('an operation was lost');
  }
  if (world.problems.length === 0) for (const problem of disagreements(world)) world.report(problem);
  world.registry.database.close();
  const { problems, trace } = world;
  return { seed, problems, trace, hash: await sha256Hex(trace.join('\n')), operations };
}

/** The releases, and in some worlds a quota that is all but used up: the platform's share by itself, the rest by people. */
function prepare(world: World): void {
  const published = world.registry.database.prepare(
    'INSERT INTO releases (id, schema_version, size_bytes, created_at, current_since) VALUES (?, ?, 0, 0, ?)',
  );
  for (const id of RELEASES) published.run(id, schemaOf(id), id === FIRST_RELEASE ? 1 : 0);
  if (world.random() < 0.8) return;
  const insert = world.registry.database.prepare(
    'INSERT INTO api_budget_slots (cell, position, slot, signup) VALUES (?, ?, ?, ?)',
  );
  const left = pick(world.random, [0, BUSY_SLOTS]);
  const calls = (LANE_PLANS.signup.ceiling - left) / BUSY_SLOTS;
  for (let slot = slotOf(START) - BUSY_SLOTS; slot < slotOf(START); slot += 1) {
    insert.run(CELL, slot % SLOTS, slot, calls);
    for (let call = 0; call < calls; call += 1) world.cloud.quota.count(slot * SLOT_MS);
  }
  for (let call = 0; call < ADMIN_CALLS; call += 1) world.cloud.quota.count(START - 1);
}

function unfinished(world: World): number {
  const [row] = world.registry.rows(`SELECT COUNT(*) AS n FROM operations WHERE NOT ${IS_SETTLED}`);
  return Number(row?.n);
}

/** A controller whose cron comes by every minute, each time in a process of its own. */
function reconcile(world: World, done: () => boolean): void {
  world.time.after(CRON_MS + world.random() * 1_000, () => {
    if (done()) return;
    const driver = world.driver('reconciler');
    const tell = (thrown: unknown) => world.tell(`${driver.name} threw ${thrown}`);
    reconcileOperations(world.ports(driver)).catch(tell);
    advanceRollouts(world.rolloutPorts(driver), world.time.now() + ROLLOUTS_FOR_MS).catch(tell);
    reconcile(world, done);
  });
}

/** A hostname that was made, and that the list did not show for longer than an operation looks for it. */
function isLate(error: unknown): boolean {
  return String(error).includes('HOSTNAME_CONFLICT');
}

/**
 * An admin who retries what failed. Nothing fails for good but what Cloudflare refused for good, and upgrades: those that were
 * put back, and those that found the platform away for minutes.
 */
function retryFailed(world: World, done: () => boolean): void {
  world.time.after(2 * CRON_MS, () => {
    if (done()) return;
    for (const row of world.registry.rows(`SELECT * FROM operations WHERE status = 'failed'`)) {
      const id = String(row.id);
      if (
        row.kind !== 'upgrade' &&
        ![`fh-${row.stack_id}`, `fh-verify-${id}`].some((name) => world.refused.has(name)) &&
        !isLate(row.error)
      )
        world.report(`${id} failed: ${row.error}`);
      const driver = world.driver('admin');
      retryOperation(world.registry.asD1(driver.gate), id, world.time.now()).then(
        () => world.startWorkflow(id),
        (thrown) => world.tell(`${driver.name} threw ${thrown}`),
      );
    }
    retryFailed(world, done);
  });
}
