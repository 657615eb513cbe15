import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NAMESPACE, type Provisioning, recordSignup, startProvisioning } from '#test/support/provisioning.ts';
import {
  databaseExists,
  makeStack,
  portsWith,
  strayDatabase,
  surveyLater,
  uploadOther,
  workerExists,
} from '#test/support/surveyed-world.ts';
import { ORPHAN_SAFETY_AGE_MS } from './remove-orphans.ts';
import { survey } from './survey.ts';

const REMOVE = { removeOrphans: true, afterMs: 0 } as const;

let world: Provisioning;

beforeAll(async () => {
  world = await startProvisioning();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => world.control.removeFaults());

describe('nothing is removed', () => {
  it('that the registry came to know between the list and the removal', async () => {
    const stray = await strayDatabase(world);
    await surveyLater(world);
    const known = await recordSignup(world);
    const ports = portsWith(world, (cloudflare) => {
      const query = cloudflare.queryDatabase.bind(cloudflare);
      cloudflare.queryDatabase = async (databaseId, queries) => {
        const answer = await query(databaseId, queries);
        await world.registry
          .prepare('UPDATE stacks SET database_id = ? WHERE id = ?')
          .bind(stray.id, known.stackId)
          .run();
        return answer;
      };
    });
    const report = await surveyLater(world, { ...REMOVE, afterMs: ORPHAN_SAFETY_AGE_MS, ports });
    expect(report).toMatchObject({ removed: [], kept: [{ subject: stray.subject, reason: 'KNOWN' }] });
    expect(await databaseExists(world, stray.id)).toBe(true);
    expect((await surveyLater(world)).open).toEqual({});
  });

  it('in the place of what was seen: a Worker that was made anew is another orphan', async () => {
    const stack = await makeStack(world);
    const name = `fh-${world.ports.newId()}`;
    await uploadOther(world, { ...stack, name }, {});
    await surveyLater(world);
    await world.cloudflare.deleteAccountWorker(NAMESPACE, name);
    await uploadOther(world, { ...stack, name }, {});
    const report = await surveyLater(world, { ...REMOVE, afterMs: ORPHAN_SAFETY_AGE_MS });
    expect(report).toMatchObject({ open: { ORPHAN_WORKER: 1 }, removed: [], kept: [] });
    expect(await workerExists(world, name)).toBe(true);
    await world.cloudflare.deleteAccountWorker(NAMESPACE, name);
    await surveyLater(world);
  });

  it('whose name another bears by the time of its removal', async () => {
    const stack = await makeStack(world);
    const name = `fh-${world.ports.newId()}`;
    await uploadOther(world, { ...stack, name }, {});
    await surveyLater(world);
    const ports = portsWith(world, (cloudflare) => {
      const list = cloudflare.listAccountWorkers.bind(cloudflare);
      cloudflare.listAccountWorkers = async (namespace) => {
        const listed = await list(namespace);
        await world.cloudflare.deleteAccountWorker(NAMESPACE, name);
        await uploadOther(world, { ...stack, name }, {});
        return listed;
      };
    });
    const report = await surveyLater(world, { ...REMOVE, afterMs: ORPHAN_SAFETY_AGE_MS, ports });
    expect(report).toMatchObject({ removed: [], kept: [{ reason: 'CHANGED' }] });
    expect(await workerExists(world, name)).toBe(true);
    await world.cloudflare.deleteAccountWorker(NAMESPACE, name);
    await surveyLater(world);
  });

  it('for a list that lags: a name that it shows no more is no orphan, and one that is gone is not believed', async () => {
    const stray = await strayDatabase(world);
    const gone = await strayDatabase(world);
    await world.cloudflare.deleteDatabase(gone.id);
    const ports = portsWith(world, (cloudflare) => {
      const list = cloudflare.listDatabases.bind(cloudflare);
      cloudflare.listDatabases = async (page) => {
        const { databases } = await list(page);
        return { databases: [...databases, gone], isLast: true };
      };
    });
    expect((await surveyLater(world, { ports })).open).toEqual({ ORPHAN_DATABASE: 1 });
    const lag = await world.control.addFault({ kind: 'lag', method: 'GET', ms: 3_600_000, count: null });
    const report = await surveyLater(world, { ...REMOVE, afterMs: 2 * ORPHAN_SAFETY_AGE_MS });
    expect(report).toMatchObject({ open: {}, removed: [] });
    await world.control.removeFault(lag);
    expect((await surveyLater(world, REMOVE)).removed).toEqual([]);
    expect(await databaseExists(world, stray.id)).toBe(true);
    await world.cloudflare.deleteDatabase(stray.id);
    await surveyLater(world);
  });

  it('twice: of two surveys at once one removes', async () => {
    const stray = await strayDatabase(world);
    await surveyLater(world);
    world.clock.now += ORPHAN_SAFETY_AGE_MS;
    await world.control.clearCalls();
    const order = { actor: 'admin', repair: false, removeOrphans: true, after: null } as const;
    const reports = await Promise.all([survey(world.surveyPorts, order), survey(world.surveyPorts, order)]);
    expect(reports.flatMap((report) => report?.removed ?? [])).toEqual([stray.subject]);
    const deletions = (await world.control.apiCalls()).filter((call) => call.startsWith('DELETE'));
    expect(deletions).toEqual([`DELETE /d1/database/${stray.id}`]);
  });

  it('by a survey whose place another has taken', async () => {
    const stray = await strayDatabase(world);
    await surveyLater(world);
    const ports = portsWith(world, (cloudflare) => {
      const query = cloudflare.queryDatabase.bind(cloudflare);
      cloudflare.queryDatabase = async (databaseId, queries) => {
        const answer = await query(databaseId, queries);
        await world.registry.prepare('UPDATE surveys SET generation = generation + 1').run();
        return answer;
      };
    });
    const report = await surveyLater(world, { ...REMOVE, afterMs: ORPHAN_SAFETY_AGE_MS, ports });
    expect(report.removed).toEqual([]);
    expect(await databaseExists(world, stray.id)).toBe(true);
  });
});
