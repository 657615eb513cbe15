import { v7 as uuidV7 } from 'uuid';
import { expect, it } from 'vitest';
import type { AuditReport } from '#shared-schema/audit/audit.ts';
import { countingRegistry } from '#test/support/counting-registry.ts';
import { modelFleet } from '#test/support/model-fleet.ts';
import { startRegistry } from '#test/support/registry-database.ts';
import { ApiBudget } from '../api-budget/api-budget.ts';
import { budgetedFetch } from '../api-budget/budgeted-fetch.ts';
import { CloudflareApi } from '../cloudflare/cloudflare-api.ts';
import { LOOKS_IN_TURN } from './choose-looks.ts';
import { survey } from './survey.ts';

const STACKS = 10_000;

it('of 10,000 accounts takes a handful of queries and of API calls where nothing is wrong', async () => {
  const { registry, stop } = await startRegistry();
  const clock = { now: Date.now() };
  const fleet = await modelFleet(registry, { stacks: STACKS, now: clock.now });
  const counted = countingRegistry(registry);
  const budget = new ApiBudget(registry, () => clock.now);
  let apiCalls = 0;
  const ports = {
    ...{ registry: counted.registry, place: fleet.place, platform: fleet.platform, newId: () => uuidV7() },
    accountWorkers: { health: async ({ stackId }: { stackId: string }) => fleet.health(stackId) },
    cloudflare: (caller: Parameters<ApiBudget['take']>[0]) =>
      new CloudflareApi({
        ...{ accountId: 'account', apiToken: 'token', baseUrl: 'https://cloud.test' },
        fetch: budgetedFetch(budget, caller, async (url) => {
          apiCalls += 1;
          return fleet.answer(new URL(String(url)));
        }),
      }),
    now: () => clock.now,
    wait: async (ms: number) => {
      clock.now += ms;
    },
    log: (entry: unknown) => expect.fail(JSON.stringify(entry)),
  };
  const order = { actor: 'admin', repair: false, removeOrphans: false } as const;

  // The first is the compiler's too.
  for (const which of ['first', 'second']) {
    counted.queries.length = apiCalls = 0;
    const before = process.cpuUsage();
    const report = await survey(ports, order);
    const { user, system } = process.cpuUsage(before);
    const cpu = `${Math.round((user + system) / 1000)} ms of CPU`;
    const trips = `${counted.queries.length} round trips to the registry, ${apiCalls} API calls`;
    console.log(`${which} survey of ${STACKS} stacks: ${cpu}, ${trips}`);
    expectCheap(report);
  }
  await stop();

  function expectCheap(report: AuditReport | null) {
    expect(report).toEqual({
      ...{ stacks: STACKS, databases: STACKS, workers: STACKS, looked_into: LOOKS_IN_TURN, postponed: 0 },
      ...{ open: {}, repairs: [], removed: [], kept: [] },
    });
    // Claim, three pages of stacks, open findings, second reading, findings, release.
    expect(counted.queries).toHaveLength(8);
    // One page of databases may be full, so a second is asked for; then the Workers, and each look.
    expect(apiCalls).toBe(3 + LOOKS_IN_TURN);
  }
});
