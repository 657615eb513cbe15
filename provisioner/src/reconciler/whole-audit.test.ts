import { expect, it } from 'vitest';
import { buildRelease } from '#provisioner/cli/build/build-release.ts';
import type { AuditReport } from '#shared-schema/audit/audit.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { modelFleet } from '#test/support/model-fleet.ts';
import { startRegistry } from '#test/support/registry-database.ts';
import { survey } from './survey.ts';
import type { SurveyPorts } from './survey-ports.ts';

const STACKS = 1_000;

/** A thousand looks, each with its token from a real registry, take a slow machine a while. */
const TIMEOUT_MS = 240_000;

/** The next slice, once there are API calls for it, as whoever audits the fleet asks for it. */
async function nextSlice(ports: SurveyPorts, after: string): Promise<AuditReport> {
  for (;;) {
    try {
      const order = { actor: 'admin', repair: false, removeOrphans: false, after } as const;
      const report = await survey(ports, order);
      if (report === null) throw new Error('Another survey is under way.');
      return report;
    } catch (thrown) {
      if (!(thrown instanceof PlatformError) || thrown.code !== 'API_BUDGET_EXHAUSTED') throw thrown;
      await ports.wait(5_000);
    }
  }
}

it('of 1,000 clean stacks looks at each of them once, and finds nothing', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { registry, stop } = await startRegistry();
  const bundle = await buildRelease();
  const fleet = await modelFleet(registry, { stacks: STACKS, clock: { now: Date.now() }, bundle });
  const reports: AuditReport[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const report = await nextSlice({ ...fleet.ports, registry }, after);
    reports.push(report);
    after = report.next_after;
  }
  const sum = (field: 'looked_into' | 'schemas_compared' | 'postponed') =>
    reports.reduce((total, report) => total + report[field], 0);
  expect([sum('looked_into'), sum('schemas_compared'), sum('postponed')]).toEqual([STACKS, STACKS, 0]);
  expect(reports.filter(({ open }) => Object.keys(open).length > 0)).toEqual([]);
  expect(await registry.prepare('SELECT count(*) AS count FROM findings').first('count')).toBe(0);
  await stop();
});

it('passes over a stack that does not answer, to the end of the fleet, and tells that one was', async () => {
  const { registry, stop } = await startRegistry();
  const bundle = await buildRelease();
  const fleet = await modelFleet(registry, { stacks: 30, clock: { now: Date.now() }, bundle });
  const log: unknown[] = [];
  const ports: SurveyPorts = {
    ...fleet.ports,
    registry,
    log: (entry) => log.push(entry),
    cloudflare: (caller) => {
      const cloudflare = fleet.ports.cloudflare(caller);
      const read = cloudflare.accountWorkerSettings.bind(cloudflare);
      cloudflare.accountWorkerSettings = async (namespace, name) => {
        if (name.endsWith('1d')) throw new PlatformError('CLOUDFLARE_UNAVAILABLE');
        return read(namespace, name);
      };
      return cloudflare;
    },
  };
  const reports = [await nextSlice(ports, '')];
  for (let last = reports[0]; last?.next_after != null; last = reports.at(-1)) {
    reports.push(await nextSlice(ports, last.next_after));
  }
  const sum = (field: 'looked_into' | 'postponed') =>
    reports.reduce((total, report) => total + report[field], 0);
  expect([sum('looked_into'), sum('postponed')]).toEqual([29, 1]);
  expect(log).toMatchObject([{ event: 'look-failed', code: 'CLOUDFLARE_UNAVAILABLE' }]);
  await stop();
});
