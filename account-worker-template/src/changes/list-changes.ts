import * as z from 'zod';
import { type FieldProblem, validationFailed } from '#shared-schema/errors/platform-error.ts';
import { timestampSchema, uuidSchema } from '#shared-schema/fields/fields.ts';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '#shared-schema/lists/list-definition.ts';
import { readAsUser } from '../auth/read-as-user.ts';
import { join, sql } from '../database/sql.ts';
import { ENTITIES } from '../entities/entities.ts';
import { respond } from '../http/answer.ts';
import type { UserCall } from '../http/call.ts';
import type { UserRoute } from '../http/routes.ts';

const PARAMETERS = ['since', 'limit'];

const changeRows = z.array(
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

const changeSchema = z.object({
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
  description: 'Oldest first, of the entities that your role may read. `next_cursor` is the next `since`.',
  query: {
    since: z.int().nonnegative().default(0),
    limit: z.int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
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
 * `GET /changes?since=&limit=`: what was written after the entry `since` (default 0: from the start), oldest first, of
 * the entities that the role may read. `next_cursor` is the next `since`, or null where nothing more is there yet.
 *
 * Error: `VALIDATION_FAILED`.
 */
async function listChanges(call: UserCall): Promise<Response> {
  const { since, limit } = parseParameters(call.url.searchParams);
  const readable = ENTITIES.filter((entity) => entity.permissions[call.actor.role].includes('read'));
  const names = join(
    readable.map((entity) => sql`${entity.name}`),
    ', ',
  );
  const [rows] = await readAsUser(call, [
    sql`SELECT seq, entity, entity_id, action, version, changed, actor_id, at, request_id FROM changes
      WHERE seq > ${since} AND entity IN (${names}) ORDER BY seq LIMIT ${limit + 1}`,
  ]);
  const entries = changeRows.parse(rows);
  const data = entries.slice(0, limit);
  const next_cursor = entries.length > limit ? String(data.at(-1)?.seq) : null;
  return respond({ status: 200, body: { data, next_cursor } });
}

function parseParameters(parameters: URLSearchParams): { since: number; limit: number } {
  const problems: FieldProblem[] = [];
  const since = wholeNumber(parameters.get('since') ?? '0');
  const limit = wholeNumber(parameters.get('limit') ?? String(DEFAULT_PAGE_SIZE));
  if (since === null) problems.push({ field: 'since', message: 'Send the seq of the last entry seen.' });
  if (limit === null || limit < 1 || limit > MAX_PAGE_SIZE) {
    problems.push({ field: 'limit', message: `A limit is a whole number from 1 to ${MAX_PAGE_SIZE}.` });
  }
  for (const field of new Set(parameters.keys())) {
    if (!PARAMETERS.includes(field)) problems.push({ field, message: 'This parameter is not known here.' });
  }
  if (since === null || limit === null || problems.length > 0) throw validationFailed(...problems);
  return { since, limit };
}

function wholeNumber(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
