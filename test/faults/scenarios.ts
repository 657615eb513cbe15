import { v7 as uuidV7 } from 'uuid';
import { fileKey } from '#platform-worker/files/file-store.ts';
import type { AccountStatus } from '#shared-schema/accounts/account.ts';
import { DAY_MS } from '#shared-schema/accounts/deletion.ts';
import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import type { OperationKind } from '#shared-schema/operations/operation.ts';
import type { ReleaseBundle } from '#shared-schema/releases/release.ts';
import { laterRelease, unwellRelease } from '#test/support/later-release.ts';
import type { FaultWorld } from './fault-world.ts';
import { drive, type LifecycleKind, type Order, place } from './orders.ts';

/** What an order is to come to. */
export interface Expected {
  readonly kind: OperationKind;
  /** Null where the order concerns no account yet. */
  readonly account: AccountStatus | null;
  /** Of the order's account, or stack where there is none: the statuses of its stacks, in the order they were made. */
  readonly stacks: readonly string[];
  /** The code that the operation fails with; it succeeds where this is left out. */
  readonly fails?: ErrorCode;
  /** A table that the account's database must not have: it was made after what was restored. */
  readonly absentTable?: string;
}

export interface Scenario {
  /** Brings about what the order takes. */
  readonly prepare: (world: FaultWorld) => Promise<Order>;
  readonly expected: Expected;
}

const ACTIVE: Expected = { kind: 'provision', account: 'active', stacks: ['serving'] };
const WRITTEN_AFTER = 'written_after';

/** Everything that is ordered of the platform, by name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  provision: { prepare: async () => ({ kind: 'signup', slug: newSlug() }), expected: ACTIVE },
  'warm claim': {
    async prepare(world) {
      await carryOut(world, { kind: 'fill-pool', size: 1 });
      return { kind: 'signup', slug: newSlug() };
    },
    expected: ACTIVE,
  },
  'prepare-stack': {
    async prepare({ own }) {
      const pooled = await own.platform.env.REGISTRY.prepare(
        'SELECT COUNT(*) AS n FROM stacks WHERE account_id IS NULL',
      ).first<number>('n');
      return { kind: 'fill-pool', size: Number(pooled) + 1 };
    },
    expected: { kind: 'prepare-stack', account: null, stacks: ['ready'] },
  },
  suspend: onAccount('suspend', 'suspended'),
  resume: onAccount('resume', 'active', async (world, accountId) => {
    await carryOut(world, { kind: 'suspend', accountId, key: 'suspend' });
    return undefined;
  }),
  'change-slug': onAccount('change-slug', 'active', async () => ({ slug: newSlug() })),
  repair: onAccount('repair', 'active', async (world, accountId) => {
    const { api, own } = world;
    const { dispatchNamespace } = own.platform.stackPlace;
    await api.deleteAccountWorker(dispatchNamespace, await workerOf(world, accountId));
    return undefined;
  }),
  upgrade: onAccount('upgrade', 'active', async (world) => publishAside(world, await laterRelease())),
  'unwell upgrade': {
    ...onAccount('upgrade', 'active', async (world) => publishAside(world, await unwellRelease())),
    expected: { kind: 'upgrade', account: 'active', stacks: ['serving'], fails: 'RELEASE_PUT_BACK' },
  },
  export: onAccount('export', 'active'),
  restore: onAccount('restore', 'active', async (world, accountId) => {
    const { databaseId, api } = await databaseOf(world, accountId);
    const bookmark = await api.readBookmark(databaseId);
    await api.queryDatabase(databaseId, [`CREATE TABLE ${WRITTEN_AFTER} (a)`]);
    return { bookmark };
  }),
  'restore-export': onAccount('restore-export', 'active', async (world, accountId) => {
    const export_id = await carryOut(world, { kind: 'export', accountId, key: 'export' });
    const { databaseId, api } = await databaseOf(world, accountId);
    await api.queryDatabase(databaseId, [`CREATE TABLE ${WRITTEN_AFTER} (a)`]);
    return { export_id };
  }),
  clone: {
    async prepare(world) {
      const source = newSlug();
      await carryOut(world, { kind: 'signup', slug: source });
      const sourceId = await accountOf(world, source);
      await giveFiles(world, sourceId);
      const exportId = await carryOut(world, { kind: 'export', accountId: sourceId, key: 'export' });
      return { kind: 'clone', slug: newSlug(), sourceId, exportId };
    },
    expected: { kind: 'clone', account: 'active', stacks: ['serving'] },
  },
  delete: onAccount('delete', 'deleting', async () => ({ grace_days: 1 })),
  undelete: onAccount('undelete', 'active', ordersDeletion),
  'add-hostname': onAccount('add-hostname', 'active', async () => ({ hostname: newHostname() })),
  'remove-hostname': onAccount('remove-hostname', 'active', addsHostname),
  purge: onAccount('purge', 'deleted', async (world, accountId) => {
    await addsHostname(world, accountId);
    await ordersDeletion(world, accountId);
    world.clock.now += 2 * DAY_MS;
    return undefined;
  }),
};

/** What signs up after this gets the release that there was. */
async function publishAside({ own: { platform } }: FaultWorld, bundle: ReleaseBundle): Promise<Body> {
  const { id } = await platform.releases.publish(bundle, platform.now());
  await platform.env.REGISTRY.prepare('UPDATE releases SET current_since = 0 WHERE id = ?').bind(id).run();
  return { release_id: id };
}

async function ordersDeletion(world: FaultWorld, accountId: string): Promise<undefined> {
  await carryOut(world, { kind: 'delete', accountId, key: 'delete', body: { grace_days: 1 } });
}

async function addsHostname(world: FaultWorld, accountId: string): Promise<Body> {
  const body = { hostname: newHostname() };
  await carryOut(world, { kind: 'add-hostname', accountId, key: 'add', body });
  return body;
}

type Body = Readonly<Record<string, unknown>>;
type Prepare = (world: FaultWorld, accountId: string) => Promise<Body | undefined>;

/** An order on an active account; `prepare` does what must come before it, and gives what it says. */
function onAccount(kind: LifecycleKind, account: AccountStatus, prepare?: Prepare): Scenario {
  const stacks =
    kind === 'restore-export' ? ['retired', 'serving'] : [kind === 'purge' ? 'retired' : 'serving'];
  const restores = kind === 'restore' || kind === 'restore-export';
  return {
    async prepare(world) {
      const slug = newSlug();
      await carryOut(world, { kind: 'signup', slug });
      const accountId = await accountOf(world, slug);
      const body = await prepare?.(world, accountId);
      return { kind, accountId, key: 'the-order', ...(body && { body }) };
    },
    expected: { kind, account, stacks, ...(restores && { absentTable: WRITTEN_AFTER }) },
  };
}

/** Has an order carried out by this process, and gives its operation. */
async function carryOut({ own, clock }: FaultWorld, order: Order): Promise<string> {
  const operationId = await place(own, order);
  if (operationId === null) throw new Error(`${order.kind} began no operation.`);
  await drive(own, operationId, clock);
  return operationId;
}

async function accountOf({ own }: FaultWorld, slug: string): Promise<string> {
  const { REGISTRY } = own.platform.env;
  return String(await REGISTRY.prepare('SELECT id FROM accounts WHERE slug = ?').bind(slug).first('id'));
}

async function databaseOf({ own, api }: FaultWorld, accountId: string) {
  const databaseId = await own.platform.env.REGISTRY.prepare(
    `SELECT database_id FROM stacks WHERE account_id = ? AND status = 'serving'`,
  )
    .bind(accountId)
    .first('database_id');
  return { databaseId: String(databaseId), api };
}

/** Two stored documents, as their uploads leave them. */
async function giveFiles(world: FaultWorld, accountId: string): Promise<void> {
  const { databaseId, api } = await databaseOf(world, accountId);
  for (const name of ['Deed', 'Will']) {
    const [documentId, versionId] = [uuidV7(), uuidV7()];
    await api.queryDatabase(databaseId, [
      `INSERT INTO documents (id, body, version, account_id, created_at, created_by, updated_at, updated_by)
       VALUES ('${documentId}', '{"name":"${name}","status":"stored","version_number":1}', 2, '${accountId}', 0, '', 0, '')`,
      `INSERT INTO document_versions (id, document_id, version_number, content_type, size, sha256, status, created_at, created_by, stored_at)
       VALUES ('${versionId}', '${documentId}', 1, 'text/plain', ${name.length}, '', 'stored', 0, '', 0)`,
    ]);
    const key = fileKey({ accountId, documentId, versionId });
    await world.own.platform.env.FILES.put(key, name);
  }
}

async function workerOf({ own }: FaultWorld, accountId: string): Promise<string> {
  const { REGISTRY } = own.platform.env;
  return String(
    await REGISTRY.prepare('SELECT worker_name FROM stacks WHERE account_id = ?')
      .bind(accountId)
      .first('worker_name'),
  );
}

function newHostname(): string {
  return `${newSlug()}.hart.dev`;
}

function newSlug(): string {
  return `a-${uuidV7().slice(-12)}`;
}
