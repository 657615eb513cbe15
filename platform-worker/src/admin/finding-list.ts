import * as z from 'zod';
import { FINDING_NEXT, type Finding, findingSchema } from '#shared-schema/audit/finding.ts';
import { choicesOf } from '#shared-schema/lists/choices.ts';
import type { RegistryList } from '../http/list-rows.ts';

const detailsColumn = z
  .string()
  .transform((text) => z.record(z.string(), z.unknown()).parse(JSON.parse(text)));

const rowSchema = findingSchema.omit({ next: true }).extend({ expected: detailsColumn, seen: detailsColumn });
type FindingRow = z.infer<typeof rowSchema>;

/** Where registry and cloud disagree, or did. */
export const FINDING_LIST: RegistryList<FindingRow, Finding> = {
  definition: {
    table: 'findings',
    columns: Object.keys(rowSchema.shape),
    where: '1',
    indexed: { status: 'choice', kind: 'choice', stack_id: 'text', account_id: 'text' },
    choices: choicesOf(findingSchema.shape),
    fields: Object.keys(findingSchema.shape),
  },
  rowSchema,
  toItem: (row) => ({ ...row, next: FINDING_NEXT[row.kind] }),
};
