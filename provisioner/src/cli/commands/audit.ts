import { Command } from 'commander';
import type { Finding } from '#shared-schema/audit/finding.ts';
import type { ListPage } from '#shared-schema/lists/list-statement.ts';
import { lookAtFleet } from '../audit-fleet.ts';
import { CliError } from '../cli-error.ts';
import { connect } from '../connect.ts';
import { type FleetFix, fixFindings, isMendable, isMended } from '../fix-findings.ts';
import { confirmByTyping } from '../input/confirm-by-typing.ts';
import { printPage } from '../output/print.ts';
import { type Audit, printAudit } from '../output/print-audit.ts';
import type { PlatformClient } from '../platform-client.ts';
import { examples } from './examples.ts';
import { type ListOptions, listQuery, showList, withListOptions } from './list-options.ts';

const COLUMNS = ['kind', 'subject', 'account_id', 'expected', 'seen', 'surveys', 'first_seen_at', 'next'];
const ONLY_OPEN = ['status=open'];

interface AuditOptions {
  readonly fix?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const HELP = `
Looks at every stack: its Worker, its database, whose it says it is, its schema.
One API call a stack, so it takes as long as the budget allows; what was found
is recorded as it goes. It ends with what of residency is enforced.

Exit code: 0 where nothing is open, 1 where findings are open, or stacks could
not be looked at.`;

export function auditCommands(): Command {
  return (
    new Command('audit')
      .description('compare the registry with the cloud, stack by stack')
      // What stands after a verb is the verb's.
      .enablePositionalOptions()
      .option(
        '--fix',
        'upload Workers again that are not as they should be, and remove what is nobody’s for 24 hours',
      )
      .option('--yes', 'with --fix: do not ask')
      .option('--json', 'print JSON')
      .addHelpText('after', HELP)
      .addHelpText(
        'after',
        examples(
          'freehold audit',
          'freehold audit --fix --yes',
          "freehold audit --json | jq '.findings[].kind'",
        ),
      )
      .action(runAudit)
      .addCommand(listCommand())
  );
}

async function runAudit(options: AuditOptions): Promise<void> {
  const platform = connect();
  const look = await lookAtFleet(platform, options);
  const found = await openFindings(platform);
  const fix = options.fix ? await fixAsked(platform, found, options) : null;
  const findings = fix ? (await openFindings(platform)).filter((finding) => !isMended(finding, fix)) : found;
  printAudit({ look, findings, fix }, options);
  requireNothingOpen({ look, findings, fix });
}

/** Null where nothing can be mended by a machine. Error: `NOT_CONFIRMED`. */
async function fixAsked(
  platform: PlatformClient,
  findings: readonly Finding[],
  options: AuditOptions,
): Promise<FleetFix | null> {
  const mendable = findings.filter(isMendable);
  if (mendable.length === 0) return null;
  if (!options.yes) {
    const columns = ['kind', 'subject', 'account_id', 'seen'];
    if (!options.json) printPage({ data: mendable, next_cursor: null }, columns, {});
    await confirmByTyping({ name: 'number of findings', word: String(mendable.length) });
  }
  return fixFindings(platform, findings, options);
}

function requireNothingOpen({ look, findings, fix }: Audit): void {
  if (findings.length > 0) {
    throw new CliError({
      code: 'AUDIT_HAS_FINDINGS',
      message: `${findings.length} findings are open.`,
      next:
        fix === null && findings.some(isMendable)
          ? 'Mend what can be mended: freehold audit --fix. Of the others: docs/operations.md.'
          : 'What to do stands beside each of them. The whole of it: docs/operations.md.',
    });
  }
  if (look.missed > 0) {
    throw new CliError({
      code: 'AUDIT_INCOMPLETE',
      message: `${look.missed} stacks were not looked at.`,
      next: 'Look again: freehold audit',
    });
  }
}

async function openFindings(platform: PlatformClient): Promise<Finding[]> {
  const all: Finding[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const query = listQuery({ limit: '200', filter: ONLY_OPEN, ...(cursor && { cursor }) });
    const page: ListPage<Finding> = await platform.get(`/admin/findings${query}`);
    all.push(...page.data);
    cursor = page.next_cursor;
  }
  return all;
}

function listCommand(): Command {
  return withListOptions(
    new Command('list').description('list findings: the open ones, unless --filter says which'),
  )
    .addHelpText('after', examples('freehold audit list --filter kind=ORPHAN_DATABASE status=resolved'))
    .action(({ filter = ONLY_OPEN, ...options }: ListOptions) =>
      showList('/admin/findings', COLUMNS, { ...options, filter }),
    );
}
