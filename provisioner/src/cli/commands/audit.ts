import { Command } from 'commander';
import type { AuditReport } from '#shared-schema/audit/audit.ts';
import type { Finding } from '#shared-schema/audit/finding.ts';
import type { ListPage } from '#shared-schema/lists/list-statement.ts';
import { connect } from '../connect.ts';
import { printPage, printRecord } from '../output/print.ts';
import { type ListOptions, listQuery, withListOptions } from './list-options.ts';

const COLUMNS = ['kind', 'subject', 'account_id', 'expected', 'seen', 'surveys', 'first_seen_at', 'next'];
const ONLY_OPEN = ['status=open'];

export function auditCommands(): Command {
  return new Command('audit')
    .description('Where registry and cloud disagree')
    .addCommand(runCommand())
    .addCommand(listCommand());
}

interface RunOptions {
  readonly repair?: boolean;
  readonly removeOrphans?: boolean;
  readonly json?: boolean;
}

function runCommand(): Command {
  return new Command('run')
    .description('compare them now')
    .option('--repair', 'upload Workers again that are missing or not as they should be')
    .option('--remove-orphans', 'remove what belongs to nobody for 24 hours and holds nobody’s data')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  freehold audit run --repair')
    .action(async ({ repair = false, removeOrphans = false, json = false }: RunOptions) => {
      const platform = connect();
      const order = { repair, remove_orphans: removeOrphans };
      const report = await platform.post<AuditReport>('/admin/audit', order);
      printRecord(report, { json });
      if (json) return;
      console.log('');
      const query = listQuery({ limit: '50', filter: ONLY_OPEN });
      printPage(await platform.get<ListPage<Finding>>(`/admin/findings${query}`), COLUMNS, {});
    });
}

function listCommand(): Command {
  return withListOptions(
    new Command('list').description('list findings: the open ones, unless --filter says which'),
  )
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  freehold audit list --filter kind=ORPHAN_DATABASE status=resolved')
    .action(async ({ filter = ONLY_OPEN, ...options }: ListOptions) => {
      const query = listQuery({ ...options, filter });
      printPage(await connect().get<ListPage<Finding>>(`/admin/findings${query}`), COLUMNS, options);
    });
}
