import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  beginOn,
  type ProvisionFacts,
  type Provisioning,
  recordSignup,
  runToEnd,
  startProvisioning,
} from '#test/support/provisioning.ts';
import { getOperation } from '../registry/operations.ts';

let world: Provisioning;

beforeAll(async () => {
  world = await startProvisioning();
});
afterAll(() => world[Symbol.asyncDispose]());

async function provision(): Promise<ProvisionFacts> {
  const account = await recordSignup(world);
  await runToEnd(world, account.operationId);
  return account;
}

interface StackRow {
  readonly id: string;
  readonly status: string;
  readonly database_id: string;
}

async function stacksOf({ accountId }: ProvisionFacts): Promise<StackRow[]> {
  const sql = 'SELECT id, status, database_id FROM stacks WHERE account_id = ? ORDER BY created_at, id';
  return (await world.registry.prepare(sql).bind(accountId).all<StackRow>()).results;
}

async function servingDatabase(account: ProvisionFacts): Promise<string> {
  const stack = (await stacksOf(account)).find(({ status }) => status === 'serving');
  return stack?.database_id ?? expect.fail('nothing serves');
}

async function marks(databaseId: string): Promise<unknown> {
  const [rows] = await world.cloudflare.queryDatabase(databaseId, ['SELECT mark FROM marks ORDER BY mark']);
  return rows?.map((row) => Object(row).mark);
}

async function accountStatus({ accountId }: ProvisionFacts) {
  return world.registry.prepare('SELECT status FROM accounts WHERE id = ?').bind(accountId).first('status');
}

async function storedExport(id: string) {
  const row = await world.registry.prepare('SELECT * FROM exports WHERE id = ?').bind(id).first();
  const { object_key, md5, stack_id: source_stack_id } = row ?? expect.fail('no export');
  return { export_id: id, object_key, md5, source_stack_id };
}

/** Runs the operation to its end, the reply to its call of this number lost (-1: none). Gives the calls that it made. */
async function runWithLostReply(operationId: string, lost: number): Promise<string[]> {
  await world.control.clearCalls();
  if (lost >= 0) await world.control.addFault({ kind: 'drop-after', on: 'api', skip: lost });
  await runToEnd(world, operationId);
  await world.control.removeFaults();
  return world.control.apiCalls();
}

describe('restore', () => {
  it('comes to the same state whichever reply is lost, and names the way back', async () => {
    const account = await provision();
    const databaseId = await servingDatabase(account);
    await world.cloudflare.queryDatabase(databaseId, [
      'CREATE TABLE marks (mark)',
      `INSERT INTO marks VALUES ('before')`,
    ]);
    const bookmark = await world.cloudflare.readBookmark(databaseId);
    for (let lost = -1, calls = 0; lost < calls; lost += 1) {
      await world.cloudflare.queryDatabase(databaseId, [`INSERT INTO marks VALUES ('after ${lost}')`]);
      const present = await world.cloudflare.readBookmark(databaseId);
      const operationId = await beginOn(world, account, 'restore', { bookmark });
      expect(await accountStatus(account)).toBe('suspended');
      const made = await runWithLostReply(operationId, lost);
      if (lost === -1) calls = made.length;
      const at = `call ${lost}: ${made[lost]}`;
      expect((await getOperation(world.registry, operationId)).status, at).toBe('succeeded');
      expect(await marks(databaseId), at).toEqual(['before']);
      expect(await accountStatus(account), at).toBe('active');
      const event = await world.registry
        .prepare(
          `SELECT after FROM events WHERE target_id = ? AND action = 'restore.succeeded' ORDER BY id DESC`,
        )
        .bind(account.accountId)
        .first<{ after: string }>();
      expect(JSON.parse(event?.after ?? ''), at).toMatchObject({
        bookmark_before: present,
        restore_to: bookmark,
      });
    }
  }, 300_000);
});

describe('restore-export', () => {
  it('makes one stack and switches to it once, whichever reply is lost', async () => {
    const account = await provision();
    const databaseId = await servingDatabase(account);
    await world.cloudflare.queryDatabase(databaseId, [
      'CREATE TABLE marks (mark)',
      `INSERT INTO marks VALUES ('exported')`,
    ]);
    const exportId = await beginOn(world, account, 'export');
    await runToEnd(world, exportId);
    const input = await storedExport(exportId);
    for (let lost = -1, calls = 0; lost < calls; lost += 1) {
      const before = await stacksOf(account);
      const previous = await servingDatabase(account);
      await world.cloudflare.queryDatabase(previous, [`INSERT INTO marks VALUES ('since')`]);
      const operationId = await beginOn(world, account, 'restore-export', input, { beside: true });
      const made = await runWithLostReply(operationId, lost);
      if (lost === -1) calls = made.length;
      const at = `call ${lost}: ${made[lost]}`;
      expect((await getOperation(world.registry, operationId)).status, at).toBe('succeeded');
      const after = await stacksOf(account);
      expect(after.length, at).toBe(before.length + 1);
      expect(
        after.map(({ status }) => status),
        at,
      ).toEqual([...before.map(() => 'retired'), 'serving']);
      expect(await marks(await servingDatabase(account)), at).toEqual(['exported']);
      expect(await marks(previous), at).toContain('since');
      expect(await world.cloudflare.findDatabase(`fh-${after.at(-1)?.id}`), at).toMatchObject({
        id: after.at(-1)?.database_id,
      });
    }
  }, 300_000);

  it('does not serve a database of another account, and leaves the one that serves', async () => {
    const [account, other] = [await provision(), await provision()];
    const exportId = await beginOn(world, other, 'export');
    await runToEnd(world, exportId);
    const operationId = await beginOn(world, account, 'restore-export', await storedExport(exportId), {
      beside: true,
    });
    await runToEnd(world, operationId);
    const { status, error } = await getOperation(world.registry, operationId);
    expect([status, error?.code]).toEqual(['failed', 'STACK_IDENTITY_MISMATCH']);
    expect((await stacksOf(account)).map((stack) => stack.status)).toEqual(['serving', 'building']);
    expect(await accountStatus(account)).toBe('active');
  });
});
