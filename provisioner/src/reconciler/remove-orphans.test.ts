import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NAMESPACE, type Provisioning, recordSignup, startProvisioning } from '#test/support/provisioning.ts';
import {
  databaseExists,
  type MadeStack,
  makeStack,
  openFindingKinds,
  strayDatabase,
  surveyLater,
  uploadOther,
  workerExists,
} from '#test/support/surveyed-world.ts';
import { ORPHAN_SAFETY_AGE_MS } from './remove-orphans.ts';

const REMOVE = { removeOrphans: true, afterMs: 0 } as const;

let world: Provisioning;

beforeAll(async () => {
  world = await startProvisioning();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => world.control.removeFaults());

/** Takes an account and its stack out of the registry, as where it was set back to a time before them. */
async function forget({ accountId, stackId }: MadeStack): Promise<void> {
  await world.registry.batch(
    [
      'DELETE FROM operation_steps WHERE operation_id IN (SELECT id FROM operations WHERE account_id = ?1)',
      'DELETE FROM operations WHERE account_id = ?1',
      'DELETE FROM stacks WHERE account_id = ?1',
      'DELETE FROM accounts WHERE id = ?1',
    ].map((sql) => world.registry.prepare(sql).bind(accountId)),
  );
  expect(await world.registry.prepare('SELECT 1 FROM stacks WHERE id = ?').bind(stackId).first()).toBeNull();
}

describe('an orphan', () => {
  it('is removed once it was one for a day and two surveys saw it, and not before', async () => {
    const stray = await strayDatabase(world);
    expect(await surveyLater(world, REMOVE)).toMatchObject({ open: { ORPHAN_DATABASE: 1 }, removed: [] });
    expect(await surveyLater(world, { ...REMOVE, afterMs: ORPHAN_SAFETY_AGE_MS - 1 })).toMatchObject({
      removed: [],
    });
    expect(await databaseExists(world, stray.id)).toBe(true);
    expect(await surveyLater(world, { afterMs: 1 })).toMatchObject({ open: { ORPHAN_DATABASE: 1 } });
    expect(await surveyLater(world, REMOVE)).toMatchObject({ open: {}, removed: [stray.subject], kept: [] });
    expect(await databaseExists(world, stray.id)).toBe(false);
    const event = await world.registry
      .prepare(`SELECT actor, before ->> 'name' AS name FROM events WHERE action = 'orphan.removed'`)
      .all();
    expect(event.results).toEqual([{ actor: 'admin', name: stray.name }]);
  });

  it('is not removed by the first survey that sees it, however late that is', async () => {
    const stray = await strayDatabase(world);
    await surveyLater(world, REMOVE);
    await world.registry.prepare('UPDATE findings SET first_seen_at = 0, surveys = 0').run();
    expect((await surveyLater(world, REMOVE)).removed).toEqual([]);
    expect((await surveyLater(world, REMOVE)).removed).toEqual([stray.subject]);
  });

  it('is none where its name is none of ours: a Worker among ours is told of, and stays', async () => {
    const names = ['customers', 'fh-', 'fh-customers', `fh-${'0'.repeat(36)}`, `x-fh-${world.ports.newId()}`];
    const made = await Promise.all(names.map((name) => world.cloudflare.createDatabase(name, 'eu')));
    const stack = await makeStack(world);
    const name = `mine-${stack.stackId}`;
    await uploadOther(world, { ...stack, name }, {});
    await surveyLater(world, REMOVE);
    expect(await surveyLater(world, { ...REMOVE, afterMs: 2 * ORPHAN_SAFETY_AGE_MS })).toMatchObject({
      ...{ open: { UNKNOWN_WORKER: 1 }, removed: [], kept: [] },
    });
    for (const { id } of made) expect(await databaseExists(world, id)).toBe(true);
    expect(await workerExists(world, name)).toBe(true);
    await world.cloudflare.deleteAccountWorker(NAMESPACE, name);
    expect((await surveyLater(world)).open).toEqual({});
  });

  it('with the data of an account is kept, and so is its Worker', async () => {
    const stack = await makeStack(world);
    await forget(stack);
    await surveyLater(world, REMOVE);
    const report = await surveyLater(world, { ...REMOVE, afterMs: ORPHAN_SAFETY_AGE_MS });
    expect(report).toMatchObject({ open: { ORPHAN_DATABASE: 1, ORPHAN_WORKER: 1 }, removed: [] });
    expect(report.kept.map(({ reason }) => reason)).toEqual(['HOLDS_DATA', 'HOLDS_DATA']);
    expect(await databaseExists(world, stack.databaseId)).toBe(true);
    expect(await workerExists(world, stack.name)).toBe(true);
    await world.cloudflare.deleteAccountWorker(NAMESPACE, stack.name);
    await world.cloudflare.deleteDatabase(stack.databaseId);
    expect((await surveyLater(world)).open).toEqual({});
  });

  it('with tables and no word of whose they are is kept', async () => {
    const stray = await strayDatabase(world);
    await world.cloudflare.queryDatabase(stray.id, ['CREATE TABLE notes (text TEXT)']);
    await surveyLater(world, REMOVE);
    const report = await surveyLater(world, { ...REMOVE, afterMs: ORPHAN_SAFETY_AGE_MS });
    expect(report.kept).toEqual([{ subject: stray.subject, reason: 'HOLDS_DATA' }]);
    await world.cloudflare.deleteDatabase(stray.id);
  });

  it('of an account that was purged is removed, Worker and all', async () => {
    const stack = await makeStack(world);
    await world.registry.batch([
      world.registry
        .prepare(`UPDATE accounts SET body = json_set(body, '$.status', 'deleted') WHERE id = ?`)
        .bind(stack.accountId),
      world.registry
        .prepare(`UPDATE stacks SET status = 'retired', updated_at = ? WHERE id = ?`)
        .bind(world.clock.now, stack.stackId),
    ]);
    expect((await surveyLater(world, { afterMs: 0 })).open).toEqual({});
    await surveyLater(world);
    const report = await surveyLater(world, { ...REMOVE, afterMs: ORPHAN_SAFETY_AGE_MS });
    expect(report).toMatchObject({ open: {}, kept: [] });
    expect(report.removed).toEqual([
      expect.stringMatching(`^worker:${NAMESPACE}/${stack.name}@`),
      `database:${stack.databaseId}`,
    ]);
    expect(await databaseExists(world, stack.databaseId)).toBe(false);
    expect(await workerExists(world, stack.name)).toBe(false);
  });

  it('is none while the account of a retired stack lives', async () => {
    const stack = await makeStack(world);
    await world.registry
      .prepare(`UPDATE stacks SET status = 'retired' WHERE id = ?`)
      .bind(stack.stackId)
      .run();
    expect((await surveyLater(world)).open).toEqual({});
  });

  it('of an export is the copy that nobody works on any more', async () => {
    const { operationId } = await recordSignup(world);
    const used = await world.cloudflare.createDatabase(`fh-verify-${operationId}`, 'eu');
    const left = await world.cloudflare.createDatabase(`fh-verify-${world.ports.newId()}`, 'eu');
    await world.cloudflare.queryDatabase(left.id, ['CREATE TABLE copied (text TEXT)']);
    await surveyLater(world);
    expect(await openFindingKinds(world)).toEqual({ [left.name]: ['ORPHAN_SCRATCH_DATABASE'] });
    const report = await surveyLater(world, { ...REMOVE, afterMs: ORPHAN_SAFETY_AGE_MS });
    expect(report.removed).toEqual([`database:${left.id}`]);
    expect(await databaseExists(world, used.id)).toBe(true);
  });
});
