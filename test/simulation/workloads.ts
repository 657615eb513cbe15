import type { Platform } from '#platform-worker/platform.ts';
import type { AccountStatus } from '#shared-schema/accounts/account.ts';
import { DAY_MS } from '#shared-schema/accounts/deletion.ts';
import { type LifecycleKind, type Order, place } from '#test/faults/orders.ts';
import type { Driver } from './driver.ts';
import { bookmarkOf } from './model-cloud.ts';
import { orderLifecycle } from './order-lifecycle.ts';
import { CELL, IS_SETTLED, NAMESPACE, type World } from './world.ts';

/** Whatever was under way when an account was ordered to be purged has come to its end: days of grace lie between. */
const GRACE_MS = 10 * 60_000;

type Workload = (world: World, number: number) => Promise<void>;

/**
 * Brings about operations of each kind, as the platform does. A kind is simulated once it stands here: make what it
 * needs (`world.persist`), place the order by the platform's own code, and start its Workflow or leave it lying. Exports
 * are not among them: their files go past every port.
 */
export const WORKLOADS: readonly Workload[] = [
  signUp,
  async (world, number) => {
    await order(world, { kind: 'fill-pool', size: 2 });
    if (world.random() < 0.7) await untilQuiet(world);
    await signUp(world, number);
  },
  async (world, number) => {
    const accountId = await activeAccount(world, number);
    await orders(world, accountId, ['suspend']);
    if (world.random() < 0.5) return expectStatus(world, accountId, 'suspended');
    await order(world, { kind: 'resume', accountId, key: 'the-order' });
  },
  // Two at once on one account: one waits for the other.
  async (world, number) => {
    const accountId = await activeAccount(world, number);
    await Promise.all([
      orders(world, accountId, ['change-slug'], { slug: `stone-${number}` }),
      orders(world, accountId, ['repair']),
      orders(world, accountId, ['suspend', 'resume']),
    ]);
  },
  async (world, number) => {
    const accountId = await activeAccount(world, number);
    const database = [...world.cloud.databases.values()].find((held) => held.accountId === accountId);
    if (!database) throw new Error('An active account has no database.');
    database.writes = 5;
    await orders(world, accountId, ['restore'], { bookmark: bookmarkOf(3) });
    world.writes.set(database.uuid, 3);
  },
  async (world, number) => {
    const accountId = await activeAccount(world, number);
    noteDeletion(world, accountId);
    await orders(world, accountId, ['undelete']);
  },
  async (world, number) => {
    const accountId = await activeAccount(world, number);
    if (world.random() < 0.5) await addHostname(world, accountId);
    noteDeletion(world, accountId);
    await world.time.sleep(GRACE_MS);
    await orders(world, accountId, ['purge']);
    expectStatus(world, accountId, 'deleted');
  },
  async (world, number) => {
    const accountId = await activeAccount(world, number);
    const body = await addHostname(world, accountId);
    if (world.random() < 0.5) return;
    // A call that dawdles may outlive its operation, and make again what is nobody's by then.
    await world.time.sleep(GRACE_MS);
    await orders(world, accountId, ['remove-hostname'], body);
  },
];

/** Gives the account a hostname, which bears the name of its stack as everything does that Cloudflare may refuse. */
async function addHostname(world: World, accountId: string): Promise<{ hostname: string }> {
  const [stack] = world.registry.rows('SELECT id FROM stacks WHERE account_id = ?', accountId);
  const body = { hostname: `fh-${stack?.id}.hart.dev` };
  await orders(world, accountId, ['add-hostname'], body);
  return body;
}

function expectStatus(world: World, accountId: string, status: AccountStatus): void {
  world.statuses.set(accountId, status);
}

/** One order after the other on the account, each when the one before has come to its end. */
async function orders(
  world: World,
  accountId: string,
  kinds: readonly LifecycleKind[],
  body?: Readonly<Record<string, unknown>>,
): Promise<void> {
  for (const kind of kinds) {
    await order(world, { kind, accountId, key: 'the-order', ...(body && { body }) });
    await until(world, () => hasSucceeded(world, accountId, kind));
  }
}

async function signUp(world: World, number: number): Promise<void> {
  await order(world, { kind: 'signup', slug: `hart-${number}` });
}

/** As a route does, but without what takes real time: bodies and fingerprints. */
function placeOrder(driver: { platform: Platform; begun: string[] }, what: Order): Promise<string | null> {
  const isLifecycle = what.kind !== 'signup' && what.kind !== 'fill-pool' && what.kind !== 'repair';
  return isLifecycle ? orderLifecycle(driver, what) : place(driver, what);
}

/** Orders until it is acknowledged. Most orders have their Workflow started. */
async function order(world: World, what: Order): Promise<void> {
  const operationId = await world.persist(what.kind === 'signup' ? 'signup' : 'admin-order', (driver) =>
    placeOrder(platformOf(world, driver), what),
  );
  if (operationId !== null && world.random() < 0.9) world.startWorkflow(operationId);
}

async function activeAccount(world: World, number: number): Promise<string> {
  await signUp(world, number);
  const find = () =>
    world.registry.rows(`SELECT id FROM accounts WHERE slug = ? AND status = 'active'`, `hart-${number}`)[0]
      ?.id;
  await untilQuiet(world);
  await until(world, () => find() !== undefined);
  return String(find());
}

function hasSucceeded(world: World, accountId: string, kind: string): boolean {
  const found = world.registry.rows(
    `SELECT 1 FROM operations WHERE account_id = ? AND kind = ? AND ${IS_SETTLED}`,
    ...[accountId, kind],
  );
  return found.length > 0;
}

async function untilQuiet(world: World): Promise<void> {
  await until(
    world,
    () => world.registry.rows(`SELECT 1 FROM operations WHERE NOT ${IS_SETTLED}`).length === 0,
  );
}

async function until(world: World, holds: () => boolean): Promise<void> {
  while (!holds()) await world.time.sleep(1_000 + world.random() * 5_000);
}

/** A deletion as it is once it is settled, with an export that nobody simulates. */
function noteDeletion(world: World, accountId: string): void {
  const [stack] = world.registry.rows('SELECT id FROM stacks WHERE account_id = ?', accountId);
  const id = `00000000-0000-7000-8000-${accountId.slice(0, 8)}${accountId.slice(-4)}`;
  const [was, before] = ['active', world.time.now() - DAY_MS];
  const { database } = world.registry;
  database
    .prepare(
      `INSERT INTO operations (id, kind, account_id, stack_id, status, input, available_at, created_at, updated_at, finished_at)
       VALUES (?, 'delete', ?, ?, 'succeeded', '{}', ?, ?, ?, ?)`,
    )
    .run(id, accountId, String(stack?.id), before, before, before, before);
  database
    .prepare(
      `INSERT INTO exports (id, account_id, stack_id, status, at_bookmark, object_key, size_bytes, sha256, md5, created_at)
       VALUES (?, ?, ?, 'verified', '', '', 0, '', '', ?)`,
    )
    .run(id, accountId, String(stack?.id), before);
  database
    .prepare(
      `UPDATE accounts SET body = json_set(body, '$.status', 'deleting', '$.deletion', json_object('was', ?, 'purge_after', ?))
       WHERE id = ?`,
    )
    .run(was, before, accountId);
  world.told.add(id);
  world.saw(world.driver('admin'), 'notes a deletion', 'none');
}

/** What orders and signups use of the platform. */
function platformOf(world: World, driver: Driver): { platform: Platform; begun: string[] } {
  const begun: string[] = [];
  const platform = {
    env: {
      REGISTRY: world.registry.asD1(driver.gate),
      OPERATIONS: { create: async ({ id }: { id: string }) => begun.push(id) },
    },
    stackPlace: { cell: CELL, dispatchNamespace: NAMESPACE },
    now: world.time.now,
    newId: driver.newId,
    routes: { forget: () => undefined },
    accountUrls: { platformUrl: 'https://p.test', platformDomain: 'p.test', form: 'host' },
  } as unknown as Platform;
  return { platform, begun };
}
