import type { Platform } from '#platform-worker/platform.ts';
import type { AccountStatus } from '#shared-schema/accounts/account.ts';
import { type LifecycleKind, type Order, place } from '#test/faults/orders.ts';
import type { Driver } from './driver.ts';
import { pick } from './fault-plan.ts';
import { bookmarkOf, type ModelDatabase } from './model-cloud.ts';
import { LATER_RELEASE, UNWELL_RELEASE } from './model-releases.ts';
import { orderLifecycle } from './order-lifecycle.ts';
import { rollOut } from './roll-out.ts';
import { CELL, IS_SETTLED, NAMESPACE, type World } from './world.ts';

/** Whatever was under way when an account was ordered to be purged has come to its end: days of grace lie between. */
const GRACE_MS = 10 * 60_000;

type Workload = (world: World, number: number) => Promise<void>;

/**
 * Brings about operations of each kind, as the platform does. A kind is simulated once it stands here: make what it
 * needs (`world.persist`), place the order by the platform's own code, and start its Workflow or leave it lying.
 */
export const WORKLOADS: readonly Workload[] = [
  signUp,
  async (world, number) => {
    await order(world, { kind: 'fill-pool', size: 2 });
    if (world.random() < 0.7) await untilQuiet(world);
    await signUp(world, number);
  },
  async (world, number) => {
    const accountId = await activeAccount(world, `hart-${number}`);
    await orders(world, accountId, ['suspend']);
    if (world.random() < 0.5) return expectStatus(world, accountId, 'suspended');
    await order(world, { kind: 'resume', accountId, key: 'the-order' });
  },
  // Two at once on one account: one waits for the other.
  async (world, number) => {
    const accountId = await activeAccount(world, `hart-${number}`);
    await Promise.all([
      orders(world, accountId, ['change-slug'], { slug: `stone-${number}` }),
      orders(world, accountId, ['repair']),
      orders(world, accountId, ['suspend', 'resume']),
    ]);
  },
  async (world, number) => {
    const accountId = await activeAccount(world, `hart-${number}`);
    const database = databaseOf(world, accountId);
    database.writes = 5;
    await orders(world, accountId, ['restore'], { bookmark: bookmarkOf(3) });
    world.writes.set(database.uuid, 3);
  },
  // Somebody writes while the export is made: it is of the moment at which it began.
  async (world, number) => {
    const accountId = await activeAccount(world, `hart-${number}`);
    for (let writes = 0; writes < 4; writes += 1) {
      const again = () => write(world, accountId, databaseOf(world, accountId).writes + 1);
      world.time.after(world.random() * 60_000, again);
    }
    await Promise.all([
      orders(world, accountId, ['export']),
      world.random() < 0.5 ? orders(world, accountId, ['suspend', 'resume']) : undefined,
    ]);
  },
  async (world, number) => {
    const accountId = await activeAccount(world, `hart-${number}`);
    write(world, accountId, 5);
    await orders(world, accountId, ['export']);
    write(world, accountId, 8);
    await orders(world, accountId, ['restore-export'], {
      export_id: operationOf(world, accountId, 'export'),
    });
    world.writes.set(databaseOf(world, accountId).uuid, 5);
    if (world.random() < 0.3) await deleteForGood(world, accountId);
  },
  async (world, number) => {
    const accountId = await activeAccount(world, `hart-${number}`);
    const was = world.random() < 0.5 ? 'active' : 'suspended';
    if (was === 'suspended') await orders(world, accountId, ['suspend']);
    await orders(world, accountId, ['delete'], { grace_days: 0 });
    if (world.random() < 0.5) return expectStatus(world, accountId, 'deleting');
    await orders(world, accountId, ['undelete']);
    expectStatus(world, accountId, was);
  },
  async (world, number) => {
    const accountId = await activeAccount(world, `hart-${number}`);
    if (world.random() < 0.5) await addHostname(world, accountId);
    await deleteForGood(world, accountId);
  },
  async (world, number) => {
    const accountId = await activeAccount(world, `hart-${number}`);
    const body = await addHostname(world, accountId);
    if (world.random() < 0.5) return;
    // A call that dawdles may outlive its operation, and make again what is nobody's by then.
    await world.time.sleep(GRACE_MS);
    await orders(world, accountId, ['remove-hostname'], body);
  },
  async (world, number) => {
    const slugs = ['a', 'b', 'c']
      .slice(0, pick(world.random, [1, 3]))
      .map((name) => `hart-${number}-${name}`);
    const accountIds = await Promise.all(slugs.map((slug) => activeAccount(world, slug)));
    await Promise.all([
      rollOut(world, slugs, LATER_RELEASE),
      world.random() < 0.5 ? orders(world, String(accountIds[0]), ['suspend', 'resume']) : undefined,
    ]);
  },
  // The Worker of the release is unwell. A repair sees to what came late, as after a survey.
  async (world, number) => {
    const accountId = await activeAccount(world, `hart-${number}`);
    const body = { release_id: UNWELL_RELEASE };
    await order(world, { kind: 'upgrade', accountId, key: 'the-order', body });
    await until(world, () => wasPutBack(world, accountId));
    await world.time.sleep(GRACE_MS);
    await orders(world, accountId, ['repair']);
    if (world.random() < 0.5) await rollOut(world, [`hart-${number}`], LATER_RELEASE);
  },
];

function wasPutBack(world: World, accountId: string): boolean {
  const sql = `SELECT 1 FROM operations WHERE id = ? AND status = 'failed' AND error ->> '$.code' = 'RELEASE_PUT_BACK'`;
  return world.registry.rows(sql, operationOf(world, accountId, 'upgrade')).length > 0;
}

/** Gives the account a hostname, which bears the name of its stack as everything does that Cloudflare may refuse. */
async function addHostname(world: World, accountId: string): Promise<{ hostname: string }> {
  const [stack] = world.registry.rows('SELECT id FROM stacks WHERE account_id = ?', accountId);
  const body = { hostname: `fh-${stack?.id}.hart.dev` };
  await orders(world, accountId, ['add-hostname'], body);
  return body;
}

async function deleteForGood(world: World, accountId: string): Promise<void> {
  await orders(world, accountId, ['delete'], { grace_days: 0 });
  await world.time.sleep(GRACE_MS);
  await orders(world, accountId, ['purge']);
  expectStatus(world, accountId, 'deleted');
}

/** The database that serves the account. */
function databaseOf(world: World, accountId: string): ModelDatabase {
  const [stack] = world.registry.rows(
    `SELECT database_id FROM stacks WHERE account_id = ? AND status = 'serving'`,
    accountId,
  );
  const database = world.cloud.databases.get(String(stack?.database_id));
  if (!database) throw new Error('An active account has no database.');
  return database;
}

/** Somebody of the account has written into it so often by now. */
function write(world: World, accountId: string, writes: number): void {
  const database = databaseOf(world, accountId);
  database.writes = writes;
  world.writes.set(database.uuid, writes);
}

function operationOf(world: World, accountId: string, kind: LifecycleKind): string {
  const sql = 'SELECT MAX(id) AS id FROM operations WHERE account_id = ? AND kind = ?';
  return String(world.registry.rows(sql, accountId, kind)[0]?.id);
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
  const isLifecycle = 'accountId' in what && what.kind !== 'repair';
  return isLifecycle ? orderLifecycle(driver, what) : place(driver, what);
}

/** Orders until it is acknowledged. Most orders have their Workflow started. */
async function order(world: World, what: Order): Promise<void> {
  const operationId = await world.persist(what.kind === 'signup' ? 'signup' : 'admin-order', (driver) =>
    placeOrder(platformOf(world, driver), what),
  );
  if (operationId !== null && world.random() < 0.9) world.startWorkflow(operationId);
}

async function activeAccount(world: World, slug: string): Promise<string> {
  await order(world, { kind: 'signup', slug });
  const find = () =>
    world.registry.rows(`SELECT id FROM accounts WHERE slug = ? AND status = 'active'`, slug)[0]?.id;
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
