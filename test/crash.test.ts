import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { isFinished } from '#shared-schema/operations/operation.ts';
import { poolSchema } from '#shared-schema/stacks/pool.ts';
import { ChildPlatform } from './support/child-platform.ts';
import { freePorts } from './support/free-ports.ts';
import { landscape, resourceNames } from './support/landscape.ts';
import { logIn, openAccount } from './support/open-account.ts';
import { send } from './support/send.ts';
import { type Accepted, accepted, sendSignup, signupBody, untilActive } from './support/sign-up.ts';

const poolsSchema = z.object({ data: z.tuple([poolSchema]) });

/** How often everything is killed, each time in the middle of ten signups. */
const KILLS = Number(process.env.FREEHOLD_TEST_KILLS ?? 3);
const SIGNUPS = 10;
/** A dead driver's lease lasts 30 seconds, and the reconciler comes by every 5. */
const TAKEN_UP_WITHIN_MS = 90_000;

let dataDir: string;
let port: number;
let platform: ChildPlatform | undefined;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'freehold-crash-'));
  port = await freePorts(2);
});
afterAll(async () => {
  await platform?.kill();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(): Promise<ChildPlatform> {
  platform = await ChildPlatform.start(dataDir, port);
  return platform;
}

/** Starts ten signups at once and kills everything soon after some were accepted. Gives those that were. */
async function killDuringSignups(round: number): Promise<Accepted[]> {
  const running = await start();
  const wanted = randomInt(2, SIGNUPS);
  const afterMs = randomInt(0, 150 * round);
  const known: Accepted[] = [];
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  const signups = Array.from({ length: SIGNUPS }, async (_, number) => {
    const answer = await sendSignup(running.instance, signupBody(`round-${round}-${number}`));
    known.push(accepted(answer));
    if (known.length === wanted) resolve();
  });
  const settled = Promise.allSettled(signups);
  await Promise.race([enough, settled]);
  await delay(afterMs);
  await running.kill();
  await settled;
  console.log(
    `Round ${round}: started in ${Math.round(running.startedInMs)} ms, killed ${afterMs} ms after ` +
      `${wanted} signups were accepted; ${known.length} of ${SIGNUPS} in the end.`,
  );
  expect(known.length).toBeGreaterThanOrEqual(wanted);
  return known;
}

test('what stood before a kill -9 stands after it', async () => {
  const before = await start();
  const account = await openAccount(before.instance, 'standing');
  const client = await account.createClient({ kind: 'company', company_name: 'Standing Ltd' });
  await untilPoolIsFull(before.instance);
  const all = await landscape(before.instance);
  await before.kill();

  const after = await start();
  console.log(`A second start took ${Math.round(after.startedInMs)} ms.`);
  expect(after.instance).toStrictEqual(before.instance);
  expect(await landscape(after.instance)).toStrictEqual(all);
  expect(await account.send(`/clients/${client.id}`)).toMatchObject({ status: 200, body: client });
  await after.kill();
});

test('every account that was acknowledged becomes active, whenever everything is killed', {
  timeout: TAKEN_UP_WITHIN_MS + KILLS * 20_000,
}, async () => {
  const known: Accepted[] = [];
  for (let round = 1; round <= KILLS; round += 1) known.push(...(await killDuringSignups(round)));

  const { instance } = await start();
  const began = performance.now();
  const { accounts } = await landscape(instance);
  expect(accounts.map(({ id }) => id)).toEqual(
    expect.arrayContaining(known.map(({ account }) => account.id)),
  );
  const options = { timeout: TAKEN_UP_WITHIN_MS, interval: 500 };
  await expect.poll(() => unfinished(instance), options).toStrictEqual([]);
  const tookMs = Math.round(performance.now() - began);
  console.log(`All ${accounts.length} accounts were active ${tookMs} ms after the last start.`);
  for (const one of known) await untilActive(instance, one);
  const poolSize = await untilPoolIsFull(instance);

  const all = await landscape(instance);
  expect(tally(all.accounts)).toStrictEqual({ active: accounts.length });
  expect(Object.keys(tally(all.operations))).toStrictEqual(['succeeded']);
  expect(tally(all.stacks)).toStrictEqual({ serving: accounts.length, ready: poolSize });
  const owned = all.stacks.flatMap(({ account_id }) => account_id ?? []);
  expect(owned.sort()).toStrictEqual(all.accounts.map(({ id }) => id).sort());
  expect(all.databases.map(({ name }) => name).sort()).toStrictEqual(resourceNames(all));
  expect(all.scripts.map(({ id }) => id).sort()).toStrictEqual(resourceNames(all));
  expect(all.databases.map(({ uuid }) => uuid).sort()).toStrictEqual(
    all.stacks.map(({ database_id }) => database_id).sort(),
  );
  for (const { id, slug } of all.accounts) {
    const session = await logIn(instance, slug);
    expect(session.user).toMatchObject({ account_id: id, email: `owner@${slug}.example`, role: 'owner' });
  }
});

/** Waits until as many stacks are ready as are wanted, and nothing is at work on others. Gives how many. */
async function untilPoolIsFull(instance: LocalInstance): Promise<number> {
  const pool = async () => {
    const answer = await send(`${instance.url}/admin/pool`, { token: instance.admin_token });
    const [{ size, ready, building, stale }] = poolsSchema.parse(answer.body).data;
    return { size, ready, building, stale };
  };
  const { size } = await pool();
  const full = { size, ready: size, building: 0, stale: 0 };
  await expect.poll(pool, { timeout: TAKEN_UP_WITHIN_MS, interval: 200 }).toStrictEqual(full);
  return size;
}

/** The operations that have not ended, each with the step that it is at. */
async function unfinished(instance: LocalInstance) {
  const { operations } = await landscape(instance);
  return operations
    .filter((operation) => !isFinished(operation))
    .map(({ steps, ...operation }) => [operation, steps.find(({ status }) => status !== 'succeeded')]);
}

function tally(items: readonly { readonly status: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of items) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
