import { setTimeout } from 'node:timers/promises';
import type { AuditOrder, AuditReport } from '#shared-schema/audit/audit.ts';
import { CliError } from './cli-error.ts';
import { minutesLeft } from './output/duration.ts';
import type { PlatformClient } from './platform-client.ts';

const ASK_AGAIN_MS = 2_000;

/** For how long an audit waits for API calls, or for another survey to end, before it gives up: 10 minutes without a stack. */
const PATIENCE_MS = 10 * 60_000;

/** What passes by itself. */
const PASSING: ReadonlySet<string> = new Set([
  'API_BUDGET_EXHAUSTED',
  'CLOUDFLARE_RATE_LIMITED',
  'CLOUDFLARE_UNAVAILABLE',
  'SURVEY_IN_PROGRESS',
]);

/** What all slices of one audit saw together. */
export interface FleetLook {
  readonly looked_at: number;
  /** Did not answer, or changed while they were looked at. */
  readonly missed: number;
  /** Something works on them, or changed them in the last 10 minutes. */
  readonly unsettled: number;
  readonly schemas_compared: number;
  readonly databases: number;
  readonly workers: number;
}

/**
 * Looks at every stack, a slice a request, and shows how far it has come (on standard error) with the time left. What was found
 * is recorded slice by slice: an audit that is cut short has lost nothing but the rest.
 *
 * Error: that of the platform, where it did not pass within 10 minutes.
 */
export async function lookAtFleet(
  platform: PlatformClient,
  { json = false }: { json?: boolean },
): Promise<FleetLook> {
  const beganAt = Date.now();
  let look: FleetLook = {
    ...{ looked_at: 0, missed: 0, unsettled: 0, schemas_compared: 0, databases: 0, workers: 0 },
  };
  for (let after: string | null = ''; after !== null; ) {
    const report: AuditReport = await audit(platform, { after });
    const { databases, workers, unsettled } = report;
    look = {
      ...{ databases, workers, unsettled },
      looked_at: look.looked_at + report.looked_into,
      missed: look.missed + report.postponed,
      schemas_compared: look.schemas_compared + report.schemas_compared,
    };
    after = report.next_after;
    const done = look.looked_at + look.missed;
    const left = ((Date.now() - beganAt) / Math.max(1, done)) * Math.max(0, report.settled - done);
    if (!json) {
      const time = after === null ? '' : `, about ${minutesLeft(left)} left`;
      process.stderr.write(`  … ${look.looked_at} of ${report.settled} stacks looked at${time}\n`);
    }
  }
  return look;
}

/** One survey, asked for again for as long as what is in its way passes by itself. */
export async function audit(platform: PlatformClient, order: Partial<AuditOrder>): Promise<AuditReport> {
  for (const until = Date.now() + PATIENCE_MS; ; ) {
    try {
      return await platform.post<AuditReport>('/admin/audit', order);
    } catch (thrown) {
      if (!(thrown instanceof CliError) || !PASSING.has(thrown.code) || Date.now() > until) throw thrown;
      await setTimeout(ASK_AGAIN_MS);
    }
  }
}
