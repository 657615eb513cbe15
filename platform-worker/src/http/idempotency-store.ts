import type { SqlCondition } from '#provisioner/registry/events.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { IDEMPOTENCY_LIFETIME_MS } from '#shared-schema/http/idempotency.ts';

/** Told to the caller whose answer is a first answer again. */
const REPLAYED_HEADER = 'idempotency-replayed';

/** The answer to a request that made something. */
export interface FirstAnswer {
  readonly status: number;
  /** Where to find what was made. */
  readonly location: string;
  readonly body: unknown;
}

export interface IdempotentRequest {
  /** The client's key behind the route's name, so that one key on two routes is two keys; null where none was sent. */
  readonly key: string | null;
  readonly fingerprint: string;
  readonly now: number;
}

interface StoredAnswer {
  readonly fingerprint: string;
  readonly status: number;
  readonly location: string;
  readonly answer: string;
}

/** Holds where no answer is kept under the key: belongs in the write that the key guards. */
export function unlessAnswered(request: IdempotentRequest): SqlCondition {
  return {
    sql: 'NOT EXISTS (SELECT 1 FROM idempotency_keys WHERE key = ? AND expires_at > ?)',
    params: [request.key ?? '', request.now],
  };
}

/** Reads the first answer that is kept under the key. */
export function readFirstAnswer(registry: D1Database, request: IdempotentRequest): D1PreparedStatement {
  return registry
    .prepare(
      'SELECT fingerprint, status, location, answer FROM idempotency_keys WHERE key = ? AND expires_at > ?',
    )
    .bind(request.key ?? '', request.now);
}

/** Keeps the first answer where the write it tells of has happened, and drops a few whose time is over. */
export function keepFirstAnswer(
  registry: D1Database,
  request: IdempotentRequest,
  answer: FirstAnswer,
  written: SqlCondition,
): D1PreparedStatement[] {
  if (request.key === null) return [];
  const { key, fingerprint, now } = request;
  return [
    registry
      .prepare(
        'DELETE FROM idempotency_keys WHERE key IN (SELECT key FROM idempotency_keys WHERE expires_at <= ? ORDER BY expires_at LIMIT 20)',
      )
      .bind(now),
    registry
      .prepare(
        `INSERT OR REPLACE INTO idempotency_keys (key, fingerprint, status, location, answer, expires_at)
         SELECT ?, ?, ?, ?, ?, ? WHERE ${written.sql}`,
      )
      .bind(
        ...[key, fingerprint, answer.status, answer.location, JSON.stringify(answer.body)],
        now + IDEMPOTENCY_LIFETIME_MS,
        ...written.params,
      ),
  ];
}

/** Keeps an answer in the place of one that was kept with the write and never sent. */
export async function keepBetterAnswer(
  registry: D1Database,
  { key }: IdempotentRequest,
  { status, body }: FirstAnswer,
): Promise<void> {
  if (key === null) return;
  const statement = registry.prepare('UPDATE idempotency_keys SET status = ?, answer = ? WHERE key = ?');
  await statement.bind(status, JSON.stringify(body), key).run();
}

/** The answer that is sent, first or again. */
export function sendAnswer(
  { status, location, body }: FirstAnswer,
  headers: Record<string, string> = {},
): Response {
  return Response.json(body, { status, headers: { location, ...headers } });
}

/** The kept answer of this very request, or null. Error: `IDEMPOTENCY_KEY_REUSED`. */
export function replay(row: unknown, request: IdempotentRequest): Response | null {
  if (row === undefined) return null;
  const stored = row as StoredAnswer; // the columns that readFirstAnswer selects
  if (stored.fingerprint !== request.fingerprint) throw new PlatformError('IDEMPOTENCY_KEY_REUSED');
  const first = { status: stored.status, location: stored.location, body: JSON.parse(stored.answer) };
  return sendAnswer(first, { [REPLAYED_HEADER]: 'true' });
}

/** The first answer to this very request where there was one, or null. Error: `IDEMPOTENCY_KEY_REUSED`. */
export async function replayFirstAnswer(
  registry: D1Database,
  request: IdempotentRequest,
): Promise<Response | null> {
  if (request.key === null) return null;
  return replay((await readFirstAnswer(registry, request).all()).results[0], request);
}
