import * as z from 'zod';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { inexactValueQueries, READ_COLUMNS } from '../exports/inexact-values.ts';
import { restorableDump } from '../exports/restorable-dump.ts';
import type { OperationStep, StepPorts } from '../operations/operation-step.ts';
import { goOnWith, pollAgain } from './poll-again.ts';

/**
 * The stack's database as it was at one moment lies in R2, as an SQL file that restores it. Its name has the moment in it: whoever
 * writes it, and however often, writes the same. Facts: `export_key`, `export_sha256`, `export_md5`, `export_size`.
 *
 * Errors: `EXPORT_NOT_EXACT`, `EXPORT_NOT_RESTORABLE`; those of the calls.
 */
export const ensureExport: OperationStep = {
  name: 'ensure-export',
  async run(subject, ports) {
    const { accountId, operationId, facts, stack } = subject;
    if (stack.database_id === null) throw new TypeError('Only a stack that has a database is exported.');
    const known = facts.export_bookmark === undefined ? undefined : String(facts.export_bookmark);
    if (known === undefined) await refuseInexact(stack.database_id, ports);
    const { bookmark, url } = await ports.cloudflare.exportDatabase(stack.database_id, known);
    if (bookmark !== known) return goOnWith({ export_bookmark: bookmark }, ports);
    if (url === null) return pollAgain(subject, ports);
    const folder = `accounts/${accountId}/${operationId}/`;
    const objectKey = `${folder}${bookmark}.sql`;
    const dump = restorableDump(() => ports.signedFiles.open(url, ports.signal));
    const written = await ports.exports.write(objectKey, dump, ports.signal);
    await ports.exports.keepOnly(folder, objectKey);
    return {
      export: { atBookmark: bookmark, objectKey, ...written },
      facts: {
        export_key: objectKey,
        export_sha256: written.sha256,
        export_md5: written.md5,
        export_size: written.size,
      },
    };
  },
};

const columnsSchema = z.array(
  z.object({ table_name: z.string(), column_name: z.string(), type: z.string() }),
);
const foundSchema = z.record(z.string(), z.number());

/** Nothing is exported that would come back as something else. */
async function refuseInexact(databaseId: string, { cloudflare }: StepPorts): Promise<void> {
  const [rows] = await cloudflare.queryDatabase(databaseId, [READ_COLUMNS]);
  const columns = columnsSchema.parse(rows);
  if (columns.length === 0) return;
  const found = await cloudflare.queryDatabase(databaseId, inexactValueQueries(columns));
  const tables = [...new Set(columns.map((column) => column.table_name))];
  const inexact = found.flatMap((answer, i) =>
    Object.entries(foundSchema.parse(answer[0])).flatMap(([column, is]) =>
      is === 0 ? [] : [`${tables[i]}.${column}`],
    ),
  );
  if (inexact.length > 0) throw new PlatformError('EXPORT_NOT_EXACT', { context: { columns: inexact } });
}
