import { expect, it } from 'vitest';
import { buildRelease } from '#provisioner/cli/build/build-release.ts';
import type { AuditReport } from '#shared-schema/audit/audit.ts';
import { countingRegistry } from '#test/support/counting-registry.ts';
import { modelFleet } from '#test/support/model-fleet.ts';
import { startRegistry } from '#test/support/registry-database.ts';
import { LOOKS_IN_TURN } from './choose-looks.ts';
import { survey } from './survey.ts';

const STACKS = 10_000;

it('of 10,000 accounts takes a handful of queries and of API calls where nothing is wrong', async () => {
  const { registry, stop } = await startRegistry();
  const clock = { now: Date.now() };
  const fleet = await modelFleet(registry, { stacks: STACKS, clock, bundle: await buildRelease() });
  const counted = countingRegistry(registry);
  const ports = { ...fleet.ports, registry: counted.registry };
  const order = { actor: 'admin', repair: false, removeOrphans: false, after: null } as const;

  // The first is the compiler's too.
  for (const which of ['first', 'second']) {
    counted.queries.length = 0;
    const callsBefore = fleet.apiCalls();
    const before = process.cpuUsage();
    const report = await survey(ports, order);
    const { user, system } = process.cpuUsage(before);
    const cpu = `${Math.round((user + system) / 1000)} ms of CPU`;
    const apiCalls = fleet.apiCalls() - callsBefore;
    const trips = `${counted.queries.length} round trips to the registry, ${apiCalls} API calls`;
    console.log(`${which} survey of ${STACKS} stacks: ${cpu}, ${trips}`);
    expectCheap(report, apiCalls);
  }
  await stop();

  function expectCheap(report: AuditReport | null, apiCalls: number) {
    expect(report).toEqual({
      ...{ stacks: STACKS, databases: STACKS, workers: STACKS, settled: STACKS, unsettled: 0 },
      ...{ looked_into: LOOKS_IN_TURN, schemas_compared: LOOKS_IN_TURN, postponed: 0, next_after: null },
      ...{ open: {}, repairs: [], removed: [], kept: [] },
    });
    // Claim, three pages of stacks, shared databases, open findings, second reading, findings, release.
    expect(counted.queries).toHaveLength(9);
    // One page of databases may be full, so a second is asked for; then the Workers, and each look.
    expect(apiCalls).toBe(3 + LOOKS_IN_TURN);
  }
});
