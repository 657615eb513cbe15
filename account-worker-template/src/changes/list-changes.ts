import * as z from 'zod';
import { type FieldProblem, validationFailed } from '#shared-schema/errors/platform-error.ts';
import { timestampSchema, uuidSchema } from '#shared-schema/fields/fields.ts';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '#shared-schema/lists/list-definition.ts';
import { readAsUser } from '../auth/read-as-user.ts';
import { allOf, join, type Sql, sql } from '../database/sql.ts';
import { LOGGED_KINDS } from '../entities/entities.ts';
import { respond } from '../http/answer.ts';
import type { UserCall } from '../http/call.ts';
import type { UserRoute } from '../http/routes.ts';

const PARAMETERS = ['since', 'limit', 'entity', 'entity_id'];

/** Entries of the log as callers see them. */
export const changeRows = z.array(
  z.object({
    seq: z.int(),
    entity: z.string(),
    entity_id: z.string(),
    action: z.string(),
    version: z.int(),
    changed: z.string().transform((text): unknown => JSON.parse(text)),
    actor_id: z.string(),
    at: z.int(),
    request_id: z.string(),
  }),
);

/** An entry of the log as it is answered. */
export const changeSchema = z.object({
  seq: z.int(),
  entity: z.string(),
  entity_id: uuidSchema,
  action: z.enum(['create', 'update', 'delete']),
  version: z.int(),
  changed: z.record(z.string(), z.object({ from: z.unknown(), to: z.unknown() })),
  actor_id: uuidSchema,
  at: timestampSchema,
  request_id: z.string(),
});

export const changesRoute: UserRoute = {
  name: 'listChanges',
  tag: 'changes',
  summary: 'Follow what is written',
  description:
    'Oldest first, of the entities that your role may read; with `entity` of that one, with `entity_id` of one record. `next_cursor` is the next `since`.',
  query: {
    since: z.int().nonnegative().default(0),
    limit: z.int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
    entity: z.enum(LOGGED_KINDS.map(({ name }) => name)).optional(),
    entity_id: uuidSchema.optional(),
  },
  takes: ['bookmark'],
  answers: {
    200: {
      description: 'One page.',
      body: {
        name: 'ChangePage',
        schema: z.object({ data: z.array(changeSchema), next_cursor: z.string().nullable() }),
      },
    },
  },
  handler: listChanges,
};

/**
 * `GET /changes?since=&limit=&entity=&entity_id=`: what was written after the entry `since` (default 0: from the start),
 * oldest first, of the entities that the role may read, or of one of them, or of one record. `next_cursor` is the next
 * `since`, or null where nothing more is there yet.
 *
 * Error: `VALIDATION_FAILED`.
 */
async function listChanges(call: UserCall): Promise<Response> {
  const { limit, ...asked } = parseParameters(call.url.searchParams);
  const readable = LOGGED_KINDS.filter((entity) => entity.permissions[call.actor.role].includes('read'));
  const names = readable.map(({ name }) => name);
  const [rows] = await readAsUser(call, [changesStatement(asked, names, limit)]);
  const entries = changeRows.parse(rows);
  const data = entries.slice(0, limit);
  const next_cursor = entries.length > limit ? String(data.at(-1)?.seq) : null;
  return respond({ status: 200, body: { data, next_cursor } });
}

/**
 * Reads `limit + 1` entries from the index of what was asked for. `+entity` keeps SQLite off the index of entities where
 * another is in order already.
 */
export function changesStatement(asked: Asked, readable: readonly string[], limit: number): Sql {
  const { since, entity, entityId } = asked;
  const names = join(
    readable.map((name) => sql`${name}`),
    ', ',
  );
  const conditions = [
    sql`seq > ${since}`,
    sql`+entity IN (${names})`,
    ...(entityId === null ? [] : [sql`entity_id = ${entityId}`]),
    ...(entity === null ? [] : [entityId === null ? sql`entity = ${entity}` : sql`+entity = ${entity}`]),
  ];
  return sql`SELECT seq, entity, entity_id, action, version, changed, actor_id, at, request_id FROM changes
    WHERE ${allOf(conditions)} ORDER BY seq LIMIT ${limit + 1}`;
}

/** What of the log is wanted; null where everything is. */
interface Asked {
  readonly since: number;
  readonly entity: string | null;
  readonly entityId: string | null;
}

function parseParameters(parameters: URLSearchParams): Asked & { readonly limit: number } {
  const problems: FieldProblem[] = [];
  const since = wholeNumber(parameters.get('since') ?? '0');
  const limit = wholeNumber(parameters.get('limit') ?? String(DEFAULT_PAGE_SIZE));
  if (since === null) problems.push({ field: 'since', message: 'Send the seq of the last entry seen.' });
  if (limit === null || limit < 1 || limit > MAX_PAGE_SIZE) {
    problems.push({ field: 'limit', message: `A limit is a whole number from 1 to ${MAX_PAGE_SIZE}.` });
  }
  const entity = parameters.get('entity');
  if (entity !== null && !LOGGED_KINDS.some(({ name }) => name === entity)) {
    problems.push({
      field: 'entity',
      message: `Ask for one of: ${LOGGED_KINDS.map(({ name }) => name).join(', ')}.`,
    });
  }
  const entityId = parameters.get('entity_id');
  if (entityId !== null && !uuidSchema.safeParse(entityId).success) {
    problems.push({ field: 'entity_id', message: 'This is not an id: ids are UUIDs.' });
  }
  for (const field of new Set(parameters.keys())) {
    if (!PARAMETERS.includes(field)) problems.push({ field, message: 'This parameter is not known here.' });
    else if (parameters.getAll(field).length > 1)
      problems.push({ field, message: 'Give this parameter once.' });
  }
  if (since === null || limit === null || problems.length > 0) throw validationFailed(...problems);
  return { since, limit, entity, entityId: entityId?.toLowerCase() ?? null };
}

function wholeNumber(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
