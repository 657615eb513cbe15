import type { AuditReport } from '#shared-schema/audit/audit.ts';
import { BEYOND_REPAIR, type Finding } from '#shared-schema/audit/finding.ts';
import type { Operation } from '#shared-schema/operations/operation.ts';
import { audit } from './audit-fleet.ts';
import { CliError } from './cli-error.ts';
import type { PlatformClient } from './platform-client.ts';
import { watchOperation } from './watch-operation.ts';

/** What was done about the findings of an audit. */
export interface FleetFix {
  readonly repairs: readonly Pick<Operation, 'id' | 'account_id' | 'status'>[];
  readonly removed: readonly string[];
  /** Orphans that stay, and why. Those that are too young are not among them. */
  readonly kept: AuditReport['kept'];
}

/** Whether something may be done about it without a person's judgement: an upload, or the removal of what is nobody's. */
export function isMendable({ kind, stack_id, account_id }: Finding): boolean {
  // A stack that is nobody's yet leaves the pool, whatever is wrong with it.
  return !BEYOND_REPAIR.includes(kind) || (stack_id !== null && account_id === null);
}

/**
 * Has the platform repair what it may and remove what is nobody's, survey by survey until one begins nothing more, and
 * follows the repairs to their ends (on standard error).
 */
export async function fixFindings(
  platform: PlatformClient,
  findings: readonly Finding[],
  options: { json?: boolean },
): Promise<FleetFix> {
  const began = new Set<string>();
  const removed: string[] = [];
  const kept = new Map<string, AuditReport['kept'][number]>();
  // A survey takes up a number of stacks at a time. One whose repair fails is taken up again: that has an end here.
  for (let rounds = findings.filter(isMendable).length; rounds > 0; rounds -= 1) {
    const report = await audit(platform, { repair: true, remove_orphans: true });
    for (const id of report.repairs) began.add(id);
    removed.push(...report.removed);
    for (const orphan of report.kept) kept.set(orphan.subject, orphan);
    if (report.repairs.length + report.removed.length === 0) break;
  }
  // Stacks that left the pool are looked for by no later survey: their findings end with this one.
  await audit(platform, {});
  const repairs: FleetFix['repairs'][number][] = [];
  for (const id of began) {
    if (!options.json) process.stderr.write(`  repair ${id}\n`);
    const { account_id, status } = await ended(platform, id, options);
    repairs.push({ id, account_id, status });
  }
  return { repairs, removed, kept: [...kept.values()] };
}

/** What a repair has mended is a finding no more, though the next audit only says so once lists do not lag behind it. */
export function isMended({ stack_id, account_id }: Finding, { repairs }: FleetFix): boolean {
  if (stack_id === null) return false;
  const own = repairs.filter((repair) => repair.account_id === account_id);
  return own.length > 0 && own.every(({ status }) => status === 'succeeded');
}

async function ended(platform: PlatformClient, id: string, options: { json?: boolean }): Promise<Operation> {
  try {
    return await watchOperation(platform, id, options);
  } catch (thrown) {
    if (!(thrown instanceof CliError) || thrown.code !== 'OPERATION_FAILED') throw thrown;
    return platform.get<Operation>(`/admin/operations/${id}`);
  }
}
