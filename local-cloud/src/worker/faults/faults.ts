import type { Env } from '../env.ts';
import { CallLog } from './call-log.ts';
import { FaultPlan } from './fault-plan.ts';
import type { QuotaOptions } from './fault-rule.ts';
import { Quota } from './quota.ts';

/** What tests can see of the cloud and ask of it. In memory: it ends with the runtime. */
export class Faults {
  readonly calls = new CallLog();
  readonly plan = new FaultPlan();
  quota: Quota | undefined;
  #aheadMs = 0;

  /** Milliseconds since the Unix epoch, and as far ahead as tests moved it. */
  now(): number {
    return Date.now() + this.#aheadMs;
  }

  advance(ms: number): void {
    this.#aheadMs += ms;
  }

  setQuota(options: QuotaOptions | undefined): void {
    this.quota = options && new Quota(options);
  }
}

let created: Faults | undefined;

/** The faults, or undefined where the cloud was started without. */
export function faultsOf({ FAULTS }: Env): Faults | undefined {
  if (FAULTS === null || created !== undefined) return created;
  created = new Faults();
  for (const rule of FAULTS.rules) created.plan.add(rule, created.now());
  created.setQuota(FAULTS.quota);
  return created;
}
