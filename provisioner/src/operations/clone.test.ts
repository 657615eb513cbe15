import { createHash, randomUUID } from 'node:crypto';
import { v7 as uuidV7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CloneInput } from '#provisioner/steps/clone-input.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import {
  beginOn,
  NAMESPACE,
  type ProvisionFacts,
  type Provisioning,
  recordSignup,
  runToEnd,
  startProvisioning,
} from '#test/support/provisioning.ts';
import { insertOperation, newOperation } from '../registry/insert-operation.ts';
import { insertStack } from '../registry/insert-stack.ts';
import { getOperation, retryOperation } from '../registry/operations.ts';
import type { AccountFiles } from './operation-step.ts';
import { runOperation } from './run-operation.ts';

/** As much as one run copies. */
const BYTES_PER_RUN = 256 * 1024 * 1024;

let world: Provisioning;

beforeAll(async () => {
  world = await startProvisioning();
});
afterAll(() => world[Symbol.asyncDispose]());

/** An account that serves, with files that its database says are as large. */
async function accountWithFiles(...sizes: number[]): Promise<ProvisionFacts & { readonly keys: string[] }> {
  const account = await recordSignup(world);
  await runToEnd(world, account.operationId);
  const databaseId = await databaseOf(account);
  const keys: string[] = [];
  for (const size of sizes) {
    const [documentId, versionId] = [uuidV7(), uuidV7()];
    await world.cloudflare.queryDatabase(databaseId, [
      `INSERT INTO documents (id, body, version, account_id, created_at, created_by, updated_at, updated_by)
       VALUES ('${documentId}', '{"status":"stored"}', 2, '${account.accountId}', 0, '', 0, '')`,
      `INSERT INTO document_versions
         (id, document_id, version_number, content_type, size, sha256, status, created_at, created_by)
       VALUES ('${versionId}', '${documentId}', 1, 'text/plain', ${size}, '', 'stored', 0, '')`,
    ]);
    keys.push(`${documentId}/${versionId}`);
    await world.files.put(`accounts/${account.accountId}/${keys.at(-1)}`, versionId);
  }
  return { ...account, keys };
}

async function exported(source: ProvisionFacts): Promise<CloneInput> {
  const id = await beginOn(world, source, 'export');
  await runToEnd(world, id);
  const row = await world.registry.prepare('SELECT * FROM exports WHERE id = ?').bind(id).first();
  const { object_key, md5, stack_id: source_stack_id } = Object(row);
  return { export_id: id, object_key, md5, source_stack_id, source_account_id: source.accountId };
}

/** Writes what an order to clone writes. */
async function beginClone(input: CloneInput): Promise<ProvisionFacts> {
  const { registry, clock } = world;
  const facts = { accountId: uuidV7(), stackId: uuidV7(), operationId: uuidV7() };
  const { accountId, stackId, operationId } = facts;
  const now = clock.now;
  const body = { slug: `c-${accountId.slice(-12)}`, name: 'Copy', status: 'provisioning', residency: 'eu' };
  const always = { sql: '1', params: [] };
  const place = { cell: 'main', dispatchNamespace: NAMESPACE };
  await registry.batch([
    registry
      .prepare('INSERT INTO accounts (id, body, created_at, updated_at) VALUES (?1, ?2, ?3, ?3)')
      .bind(accountId, JSON.stringify(body), now),
    insertStack(registry, { id: stackId, accountId, residency: 'eu', now, ...place }, always),
    ...insertOperation(
      registry,
      {
        operation: newOperation({ id: operationId, kind: 'clone', accountId, now }),
        input,
        stack: { sql: '?', params: [stackId] },
      },
      always,
    ),
  ]);
  return facts;
}

async function databaseOf({ stackId }: ProvisionFacts): Promise<string> {
  const sql = 'SELECT database_id FROM stacks WHERE id = ?';
  return String(await world.registry.prepare(sql).bind(stackId).first('database_id'));
}

async function stateOf({ accountId, stackId, operationId }: ProvisionFacts) {
  const [account, stack] = await world.registry.batch<{ status: string }>([
    world.registry.prepare('SELECT status FROM accounts WHERE id = ?').bind(accountId),
    world.registry.prepare('SELECT status FROM stacks WHERE id = ?').bind(stackId),
  ]);
  const { status, error } = await getOperation(world.registry, operationId);
  return {
    ...{ operation: status, error: error?.code ?? null },
    ...{ account: account?.results[0]?.status, stack: stack?.results[0]?.status },
  };
}

const SUCCEEDED = { operation: 'succeeded', error: null, account: 'active', stack: 'serving' };

async function filesOf({ accountId }: ProvisionFacts): Promise<string[]> {
  const prefix = `accounts/${accountId}/`;
  const { objects } = await world.files.list({ prefix });
  return objects.map(({ key }) => key.slice(prefix.length));
}

describe('clone', () => {
  it('makes one stack, its own in every record and file, whichever reply is lost', async () => {
    const source = await accountWithFiles(36, 36);
    const input = await exported(source);
    for (let lost = -1, calls = 0; lost < calls; lost += 1) {
      const clone = await beginClone(input);
      await world.control.clearCalls();
      if (lost >= 0) await world.control.addFault({ kind: 'drop-after', on: 'api', skip: lost });
      await runToEnd(world, clone.operationId);
      await world.control.removeFaults();
      const made = await world.control.apiCalls();
      if (lost === -1) calls = made.length;
      const at = `call ${lost}: ${made[lost]}`;
      expect(await stateOf(clone), at).toEqual(SUCCEEDED);
      const [identity, users, documents] = await world.cloudflare.queryDatabase(await databaseOf(clone), [
        'SELECT stack_id, account_id FROM stack_identity',
        'SELECT DISTINCT account_id FROM users',
        'SELECT DISTINCT account_id FROM documents',
      ]);
      expect(identity, at).toEqual([{ stack_id: clone.stackId, account_id: clone.accountId }]);
      for (const rows of [users, documents]) expect(rows, at).toEqual([{ account_id: clone.accountId }]);
      expect(await filesOf(clone), at).toEqual(source.keys);
      expect(await filesOf(source), at).toEqual(source.keys);
    }
  }, 300_000);

  it('goes on with its files where a run before stopped, and copies none twice', async () => {
    const source = await accountWithFiles(BYTES_PER_RUN, BYTES_PER_RUN - 1, 1, 5);
    const clone = await beginClone(await exported(source));
    const runs: string[][] = [];
    const files: AccountFiles = {
      ...world.ports.files,
      async copy(order) {
        runs.at(-1)?.push(order.file.version_id);
        if (runs.flat().length === 3) throw new PlatformError('FILE_STORE_UNAVAILABLE');
        return world.ports.files.copy(order);
      },
    };
    for (let finished = false; !finished; ) {
      runs.push([]);
      const outcome = await runOperation({ ...world.ports, files }, clone.operationId, 'test');
      finished = outcome.finished;
      if (!outcome.finished) world.clock.now = Math.max(world.clock.now, outcome.availableAt);
    }
    const [first, second, third, fourth] = source.keys.map((key) => key.split('/')[1]);
    expect(runs.filter((run) => run.length > 0)).toEqual([
      ...[[first], [second, third], [second, third], [fourth]],
    ]);
    expect(await stateOf(clone)).toEqual(SUCCEEDED);
    expect(await filesOf(clone)).toEqual(source.keys);
  });

  it('fails where the source has lost a file since, and leaves its account failed until it is retried', async () => {
    const source = await accountWithFiles(1, 1);
    const clone = await beginClone(await exported(source));
    const key = `accounts/${source.accountId}/${source.keys[1]}`;
    await world.files.delete(key);
    await runToEnd(world, clone.operationId);
    const failed = { operation: 'failed', error: 'EXPORT_OUTDATED', account: 'failed', stack: 'building' };
    expect(await stateOf(clone)).toEqual(failed);
    await world.files.put(key, 'it is there again');
    await retryOperation(world.registry, clone.operationId, world.clock.now);
    await runToEnd(world, clone.operationId);
    expect(await stateOf(clone)).toEqual(SUCCEEDED);
    expect(await filesOf(clone)).toEqual(source.keys);
  });

  it.each([
    ['of another stack than the named', { source_stack_id: randomUUID() }, 'STACK_IDENTITY_MISMATCH'],
    ['of another account', { source_account_id: randomUUID() }, 'STACK_IDENTITY_MISMATCH'],
    ['whose file is gone', { object_key: 'accounts/nowhere.sql' }, 'EXPORT_NOT_FOUND'],
  ])('does not serve an export %s, and a deletion leaves nothing of it', async (_, poison, code) => {
    const source = await accountWithFiles(1);
    const clone = await beginClone({ ...(await exported(source)), ...poison });
    await runToEnd(world, clone.operationId);
    const failed = { operation: 'failed', error: code, account: 'failed', stack: 'building' };
    expect(await stateOf(clone)).toEqual(failed);
    expect(await filesOf(clone)).toEqual([]);
    await runToEnd(world, await beginOn(world, clone, 'delete', { grace_days: 0 }));
    await runToEnd(world, await beginOn(world, clone, 'purge'));
    expect(await world.cloudflare.findDatabase(`fh-${clone.stackId}`)).toBeNull();
    expect(await world.scripts()).not.toContain(`fh-${clone.stackId}`);
    expect(await filesOf(source)).toEqual(source.keys);
  });

  it('does not serve a file that D1 does not take', async () => {
    const source = await accountWithFiles();
    const input = await exported(source);
    const sql = 'CREATE TABLE half (a); THIS IS NO SQL;';
    await world.exportBucket.put(input.object_key, sql);
    const md5 = createHash('md5').update(sql).digest('hex');
    const clone = await beginClone({ ...input, md5 });
    await runToEnd(world, clone.operationId);
    const failed = { operation: 'failed', error: 'EXPORT_NOT_RESTORABLE', account: 'failed' };
    expect(await stateOf(clone)).toMatchObject(failed);
  });
});
