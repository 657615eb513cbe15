import { STACK_COLUMNS, toStack } from '#provisioner/registry/stack-rows.ts';
import { advanceRollout, type RolloutDriverPorts } from '#provisioner/rollouts/advance-rollout.ts';
import { changeRollout } from '#provisioner/rollouts/change-rollout.ts';
import { planRollout } from '#provisioner/rollouts/plan-rollout.ts';
import { readRollout } from '#provisioner/rollouts/read-rollout.ts';
import { uploadWorker } from '#provisioner/steps/upload-worker.ts';
import type { ReleaseBundle } from '#shared-schema/releases/release.ts';
import {
  type RolloutOrder,
  type RolloutProgress,
  rolloutOrderSchema,
} from '#shared-schema/rollouts/rollout.ts';
import {
  type ProvisionFacts,
  type Provisioning,
  RELEASE_ID,
  recordSignup,
  runToEnd,
  startProvisioning,
} from './provisioning.ts';

export const NEXT_RELEASE = 'fedcba9876543210';

/** Breaks where an account has a group, which has no title. */
const MIGRATION = {
  name: '0900_create_notes.sql',
  sql: `CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, title TEXT NOT NULL) STRICT;
INSERT INTO notes SELECT id, body ->> '$.title' FROM groups;`,
  checksum: '0'.repeat(64),
};

/** What {@link RolloutFleet.runs} tells of a stack before and after a rollout. */
export const OLD = /^0123456789abcdef (?!900)\d+$/;
export const NEW = `${NEXT_RELEASE} 900`;

/** For so long a driver carries a rollout on. */
export const FOR_A_WHILE = 60 * 60_000;

/** An order of a rollout to the next release. */
export function rolloutOrder(options: Partial<RolloutOrder> = {}): RolloutOrder {
  return { ...rolloutOrderSchema.parse({}), release_id: NEXT_RELEASE, ...options };
}

/** Accounts on a real cloud, and a release after theirs. */
export class RolloutFleet implements AsyncDisposable {
  readonly world: Provisioning;
  readonly ports: RolloutDriverPorts;

  readonly #next: ReleaseBundle;
  /** What the Worker of the next release is made of, where it is not what it should be. */
  #broken: string | null = null;

  private constructor(world: Provisioning, bundle: ReleaseBundle) {
    this.#next = { ...bundle, schema_version: 900, migrations: [...bundle.migrations, MIGRATION] };
    this.world = world;
    this.ports = {
      ...world.ports,
      releases: { bundle: async (id) => (id === NEXT_RELEASE ? this.#nextBundle() : bundle) },
      wait: async (ms) => {
        world.clock.now += ms;
      },
    };
  }

  static async start(): Promise<RolloutFleet> {
    const world = await startProvisioning();
    await world.registry
      .prepare('INSERT INTO releases (id, schema_version, size_bytes, created_at) VALUES (?, 900, 0, 1)')
      .bind(NEXT_RELEASE)
      .run();
    return new RolloutFleet(world, await world.ports.releases.bundle(RELEASE_ID));
  }

  /** From now on the Worker of the next release is this module; what it should be again with null. */
  breakNext(module: string | null): void {
    this.#broken = module;
  }

  #nextBundle(): ReleaseBundle {
    const next = this.#next;
    if (this.#broken === null) return next;
    return { ...next, modules: [{ name: next.main_module, type: 'esm', content: this.#broken }] };
  }

  /** Uploads the Worker of the next release, as it is now, past everybody who would know of it. */
  async overwrite({ stackId }: ProvisionFacts): Promise<void> {
    const { registry, cloudflare } = this.world;
    const row = await registry
      .prepare(`SELECT ${STACK_COLUMNS} FROM stacks WHERE id = ?`)
      .bind(stackId)
      .first();
    const ports = { ...this.ports, cloudflare, noteUpload: () => undefined };
    await uploadWorker({ ...toStack(row), release_id: NEXT_RELEASE }, ports);
  }

  /** How many Workers were uploaded since the calls were cleared. */
  async uploads(): Promise<number> {
    const calls = await this.world.control.calls();
    return calls.filter(({ on, method }) => on === 'api' && method === 'PUT').length;
  }

  async accounts(count: number): Promise<ProvisionFacts[]> {
    const made = await Promise.all(Array.from({ length: count }, () => recordSignup(this.world)));
    await Promise.all(made.map(({ operationId }) => runToEnd(this.world, operationId)));
    return made;
  }

  async account(): Promise<ProvisionFacts> {
    const [made] = await this.accounts(1);
    if (!made) throw new TypeError('No account was made.');
    return made;
  }

  /** A rollout that waits for its start. */
  async planned(options: Partial<RolloutOrder> = {}): Promise<string> {
    const { rollout } = await planRollout(this.ports, rolloutOrder(options), 'r');
    return rollout.id;
  }

  /** A rollout that has begun. */
  async started(options: Partial<RolloutOrder> = {}): Promise<string> {
    const id = await this.planned(options);
    await changeRollout(this.ports, id, 'start', 'r');
    return id;
  }

  advance(id: string): Promise<void> {
    return advanceRollout(this.ports, id, this.world.clock.now + FOR_A_WHILE);
  }

  progress(id: string): Promise<RolloutProgress> {
    return readRollout(this.world.registry, id, this.world.clock.now);
  }

  /** Gives the account a row that breaks the migration. */
  async poison(account: ProvisionFacts): Promise<void> {
    await this.#query(
      account,
      `INSERT INTO groups (id, body, version, account_id, created_at, created_by, updated_at, updated_by)
       VALUES ('g', '{"name":"Poison"}', 1, '${account.accountId}', 0, 'u', 0, 'u')`,
    );
  }

  mend(account: ProvisionFacts): Promise<void> {
    return this.#query(account, 'DELETE FROM groups');
  }

  /** The release and the schema that the stack's Worker tells of itself. */
  async runs({ stackId }: ProvisionFacts): Promise<string> {
    const target = { stackId, workerName: `fh-${stackId}` };
    const { release_id, schema_version } = await this.ports.accountWorkers.health(target);
    return `${release_id} ${schema_version}`;
  }

  async #query({ stackId }: ProvisionFacts, sql: string): Promise<void> {
    const row = await this.world.registry
      .prepare('SELECT database_id FROM stacks WHERE id = ?')
      .bind(stackId)
      .first<{ database_id: string }>();
    await this.world.cloudflare.queryDatabase(row?.database_id ?? '', [sql]);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.world[Symbol.asyncDispose]();
  }
}
