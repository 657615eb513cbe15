import * as z from 'zod';
import { stackSchema } from '#shared-schema/stacks/stack.ts';

/** How many stacks one query reads. */
const STACKS_PER_PAGE = 5_000;

const AT_WORK = `(EXISTS (SELECT 1 FROM operations WHERE stack_id = stacks.id AND status IN ('pending', 'running'))
  OR EXISTS (SELECT 1 FROM operations WHERE account_id = stacks.account_id AND status IN ('pending', 'running')))`;

/** Holds for a stack that is of no use to anybody any more: retired, its account gone, nothing at work on it. */
export const ABANDONED = `(stacks.status = 'retired' AND NOT EXISTS (SELECT 1 FROM accounts
  WHERE accounts.id = stacks.account_id AND accounts.status <> 'deleted') AND NOT ${AT_WORK})`;

const COLUMNS = `id, account_id, status, residency, database_id, worker_name, dispatch_namespace, release_id, updated_at,
  (SELECT schema_version FROM releases WHERE releases.id = stacks.release_id) AS schema_version,
  ${AT_WORK} AS at_work, ${ABANDONED} AS abandoned`;

const flag = z.union([z.literal(0), z.literal(1)]).transform((value) => value === 1);
const rowSchema = z.object({
  id: z.string(),
  account_id: z.string().nullable(),
  status: stackSchema.shape.status,
  residency: stackSchema.shape.residency,
  database_id: z.string().nullable(),
  worker_name: z.string(),
  dispatch_namespace: z.string(),
  release_id: z.string(),
  updated_at: z.int(),
  /** That of its release. */
  schema_version: z.int(),
  /** An operation works on it, or on its account. */
  at_work: flag,
  abandoned: flag,
});

/** A stack as a survey needs it. */
export type SurveyedStack = z.infer<typeof rowSchema>;

/** All stacks of the cell by id: a query for every 5,000. */
export async function readSurveyedStacks(registry: D1Database, cell: string): Promise<SurveyedStack[]> {
  const all: SurveyedStack[] = [];
  for (let last = ''; ; ) {
    const { results } = await registry
      .prepare(`SELECT ${COLUMNS} FROM stacks WHERE id > ? AND cell = ? ORDER BY id LIMIT ${STACKS_PER_PAGE}`)
      .bind(last, cell)
      .all();
    for (const row of results) all.push(rowSchema.parse(row));
    if (results.length < STACKS_PER_PAGE) return all;
    last = all.at(-1)?.id ?? '';
  }
}

/** Which stacks of any cell name one database, by its id: no two should. Reads the whole table once. */
export async function sharedDatabases(registry: D1Database): Promise<Map<string, string[]>> {
  const { results } = await registry
    .prepare(
      `SELECT database_id, json_group_array(id) AS stacks FROM stacks
       WHERE database_id IS NOT NULL GROUP BY database_id HAVING COUNT(*) > 1`,
    )
    .all<{ database_id: string; stacks: string }>();
  return new Map(
    results.map(({ database_id, stacks }) => [database_id, z.array(z.string()).parse(JSON.parse(stacks))]),
  );
}

export interface Reread {
  readonly stacks: ReadonlyMap<string, SurveyedStack>;
  /** Of the operations asked for, those that are at work or ended since the given time. */
  readonly operations: ReadonlySet<string>;
}

/** The stacks and operations of these ids as they are now. */
export async function rereadRegistry(
  registry: D1Database,
  { ids, endedSince }: { readonly ids: readonly string[]; readonly endedSince: number },
): Promise<Reread> {
  const json = JSON.stringify(ids);
  const [stacks, operations] = await registry.batch([
    registry.prepare(`SELECT ${COLUMNS} FROM stacks WHERE id IN (SELECT value FROM json_each(?))`).bind(json),
    registry
      .prepare(
        `SELECT id FROM operations WHERE id IN (SELECT value FROM json_each(?))
         AND (status IN ('pending', 'running') OR finished_at > ?)`,
      )
      .bind(json, endedSince),
  ]);
  return {
    stacks: new Map((stacks?.results ?? []).map((row) => rowSchema.parse(row)).map((row) => [row.id, row])),
    operations: new Set((operations?.results ?? []).map((row) => z.object({ id: z.string() }).parse(row).id)),
  };
}
