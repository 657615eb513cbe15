import * as z from 'zod';
import { type FindingKind, findingKindSchema } from '#shared-schema/audit/finding.ts';
import { type HeldSurvey, stillHeld } from './surveys.ts';

/** What a survey saw, before it is a finding. */
export interface FindingDraft {
  readonly kind: FindingKind;
  readonly subject: string;
  readonly stackId: string | null;
  readonly accountId: string | null;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly seen: Readonly<Record<string, unknown>>;
}

const openSchema = z.object({
  id: z.string(),
  kind: findingKindSchema,
  subject: z.string(),
  stack_id: z.string().nullable(),
  account_id: z.string().nullable(),
  last_seen_at: z.int(),
});
export type OpenFinding = z.infer<typeof openSchema>;

/** The findings of the cell that are open. */
export async function openFindings(registry: D1Database, cell: string): Promise<OpenFinding[]> {
  const { results } = await registry
    .prepare(
      `SELECT ${Object.keys(openSchema.shape).join(', ')} FROM findings WHERE cell = ? AND resolved_at IS NULL`,
    )
    .bind(cell)
    .all();
  return results.map((row) => openSchema.parse(row));
}

/** Opens a finding for each draft, or says of the one that is open what was seen last. */
export function writeFindings(
  registry: D1Database,
  held: HeldSurvey,
  drafts: readonly (FindingDraft & { readonly id: string })[],
): D1PreparedStatement {
  const fence = stillHeld(held);
  return registry
    .prepare(
      `INSERT INTO findings (id, cell, kind, subject, stack_id, account_id, expected, seen, first_seen_at, last_seen_at)
       SELECT value ->> 'id', ?, value ->> 'kind', value ->> 'subject', value ->> 'stackId', value ->> 'accountId',
         value -> 'expected', value -> 'seen', ?, ? FROM json_each(?) WHERE ${fence.sql}
       ON CONFLICT (cell, kind, subject) WHERE resolved_at IS NULL DO UPDATE SET expected = excluded.expected,
         seen = excluded.seen, account_id = excluded.account_id, last_seen_at = excluded.last_seen_at, surveys = surveys + 1`,
    )
    .bind(held.cell, held.startedAt, held.startedAt, JSON.stringify(drafts), ...fence.params);
}

export function resolveFindings(
  registry: D1Database,
  held: HeldSurvey,
  ids: readonly string[],
): D1PreparedStatement {
  const fence = stillHeld(held);
  return registry
    .prepare(
      `UPDATE findings SET resolved_at = ? WHERE resolved_at IS NULL
       AND id IN (SELECT value FROM json_each(?)) AND ${fence.sql}`,
    )
    .bind(held.startedAt, JSON.stringify(ids), ...fence.params);
}
