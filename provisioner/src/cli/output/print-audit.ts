import type { Finding } from '#shared-schema/audit/finding.ts';
import { RESIDENCY, type ResidencyFact } from '#shared-schema/audit/residency.ts';
import type { FleetLook } from '../audit-fleet.ts';
import type { FleetFix } from '../fix-findings.ts';
import { outputWidth, printJson, printLines, printPage } from './print.ts';
import { wrapWords } from './wrap-words.ts';

export interface Audit {
  readonly look: FleetLook;
  /** What is open, without what was just mended. */
  readonly findings: readonly Finding[];
  /** Null where nothing was to be fixed. */
  readonly fix: FleetFix | null;
}

/** Prints what an audit saw, found and did, and at its end what of residency is enforced and what is only asked for. */
export function printAudit({ look, findings, fix }: Audit, { json = false }: { json?: boolean }): void {
  if (json) {
    printJson({
      ...look,
      findings,
      ...(fix ?? { repairs: [], removed: [], kept: [] }),
      residency: RESIDENCY,
    });
    return;
  }
  printLook(look);
  if (fix) printFix(fix);
  console.log('');
  const columns = ['kind', 'subject', 'account_id', 'seen', 'next'];
  if (findings.length === 0) console.log(agreement(look));
  else printPage({ data: findings, next_cursor: null }, columns, {});
  console.log('\nResidency, enforced:');
  printFacts(RESIDENCY.enforced);
  console.log('\nResidency, only asked for or not even that:');
  printFacts(RESIDENCY.asked_for);
}

function agreement({ looked_at, unsettled }: FleetLook): string {
  const isNothing = looked_at === 0 && unsettled > 0;
  return isNothing
    ? 'Nothing is wrong in the lists; no stack is old enough to be looked at.'
    : 'Registry and cloud agree.';
}

function printLook({ looked_at, missed, unsettled, schemas_compared, databases, workers }: FleetLook): void {
  console.log(
    `${looked_at} of ${looked_at + missed} stacks looked at, ${schemas_compared} schemas compared;`,
  );
  console.log(`${databases} databases and ${workers} Workers in the lists.`);
  if (missed > 0) console.log(`${missed} did not answer, or changed meanwhile.`);
  if (unsettled > 0) {
    console.log(`${unsettled} more are not judged: at work, or changed in the last 10 minutes.`);
  }
}

function printFix({ repairs, removed, kept }: FleetFix): void {
  const succeeded = repairs.filter(({ status }) => status === 'succeeded').length;
  console.log(`${succeeded} of ${repairs.length} repairs succeeded, ${removed.length} orphans removed.`);
  for (const { subject, reason } of kept) console.log(`Kept ${subject}: ${reason}.`);
}

function printFacts(facts: readonly ResidencyFact[]): void {
  for (const { what, source } of facts) {
    printLines([...wrapWords(`- ${what}`, outputWidth()), `  ${source}`]);
  }
}
