import { expect, it } from 'vitest';
import { buildRelease } from '#provisioner/cli/build/build-release.ts';
import { modelFleet } from '#test/support/model-fleet.ts';
import { startRegistry } from '#test/support/registry-database.ts';
import { survey } from './survey.ts';

const STACKS = 1_000;

it('of 1,000 clean stacks looks at each of them once, and finds nothing', async () => {
  const { registry, stop } = await startRegistry();
  const bundle = await buildRelease();
  const fleet = await modelFleet(registry, { stacks: STACKS, clock: { now: Date.now() }, bundle });
  const totals = { slices: 0, looked_into: 0, schemas_compared: 0, postponed: 0 };
  for (let after: string | null = ''; after !== null; ) {
    const order = { actor: 'admin', repair: false, removeOrphans: false, after } as const;
    const report = await survey({ ...fleet.ports, registry }, order);
    if (report === null) throw new Error('Another survey is under way.');
    expect(report).toMatchObject({ settled: STACKS, unsettled: 0, open: {} });
    totals.slices += 1;
    totals.looked_into += report.looked_into;
    totals.schemas_compared += report.schemas_compared;
    totals.postponed += report.postponed;
    after = report.next_after;
  }
  expect(totals).toEqual({
    ...{ slices: expect.any(Number), looked_into: STACKS, schemas_compared: STACKS, postponed: 0 },
  });
  // A page of databases and the Workers for each slice; of each stack one.
  expect(fleet.apiCalls()).toBe(STACKS + 2 * totals.slices);
  const findings = await registry.prepare('SELECT count(*) AS count FROM findings').first('count');
  expect(findings).toBe(0);
  await stop();
});
