import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { type RolloutProgress, rolloutProgressSchema } from '#shared-schema/rollouts/rollout.ts';
import { ChildPlatform } from './support/child-platform.ts';
import { CloudApi, REGISTRY_ID } from './support/cloud-api.ts';
import { freePorts } from './support/free-ports.ts';
import { publish, recodedRelease } from './support/later-release.ts';
import { openAccount } from './support/open-account.ts';
import { send } from './support/send.ts';
import { readAccount } from './support/sign-up.ts';

const SLUGS = Array.from({ length: 6 }, (_, number) => `firm-${number}`);
/** A dead driver holds the rollout, and a stack, for 30 seconds; the cron comes by every 5. */
const TAKEN_UP_WITHIN_MS = 120_000;

let dataDir: string;
let port: number;
let platform: ChildPlatform;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'freehold-rollout-'));
  port = await freePorts(2);
  platform = await ChildPlatform.start(dataDir, port);
});
afterAll(async () => {
  await platform?.kill();
  await rm(dataDir, { recursive: true, force: true });
});

async function rollout(
  { url, admin_token: token }: LocalInstance,
  path: string,
  method = 'GET',
  json?: object,
): Promise<RolloutProgress> {
  const answer = await send(`${url}/admin/rollouts${path}`, { method, token, ...(json && { json }) });
  expect(answer.status, answer.text).toBeLessThan(300);
  return rolloutProgressSchema.parse(answer.body);
}

test('a rollout that is killed in its middle goes on by itself, and touches no stack twice', {
  timeout: 240_000,
}, async () => {
  const { instance } = platform;
  for (const slug of SLUGS) await openAccount(instance, slug);
  const { id: later } = await publish(instance, await recodedRelease());
  const { id } = await rollout(instance, '', 'POST', { waves: [100], concurrency: 1 });
  await rollout(instance, `/${id}/start`, 'POST', {});
  // Whoever carries it on dies with everything else.
  rollout(instance, `/${id}/run`, 'POST', {}).catch(() => undefined);
  while ((await rollout(instance, `/${id}`)).targets.done < 2) await delay(20);
  await platform.kill();

  platform = await ChildPlatform.start(dataDir, port);
  const resumed = platform.instance;
  await vi.waitUntil(async () => (await rollout(resumed, `/${id}`)).status === 'finished', {
    ...{ timeout: TAKEN_UP_WITHIN_MS, interval: 500 },
  });
  expect((await rollout(resumed, `/${id}`)).targets).toMatchObject({ done: SLUGS.length, failed: 0 });
  for (const slug of SLUGS) expect((await readAccount(resumed, slug)).release).toBe(later);
  const [upgrades] = await new CloudApi(resumed).query(
    REGISTRY_ID,
    `SELECT COUNT(*) AS begun, COUNT(DISTINCT stack_id) AS stacks FROM operations WHERE kind = 'upgrade'`,
  );
  expect(upgrades).toEqual({ begun: SLUGS.length, stacks: SLUGS.length });
});
