import * as z from 'zod';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import {
  IDEMPOTENCY_LIFETIME_MS,
  idempotencyKey,
  requestFingerprint,
} from '#shared-schema/http/idempotency.ts';
import { type Sql, sql } from '../database/sql.ts';
import type { Answer } from '../http/answer.ts';
import type { UserCall } from '../http/call.ts';

/** How many answers past their time a keyed write clears away: more than the one it adds, so the table stays small. */
const CLEARED_PER_WRITE = 4;

/** A request that came with an Idempotency-Key. */
export interface KeyedRequest {
  readonly key: string;
  readonly fingerprint: string;
}

const storedRow = z.object({
  fingerprint: z.string(),
  status: z.union([z.literal(200), z.literal(201), z.literal(204)]),
  body: z.string().nullable(),
});

/** The key of the request and what tells it from another, or null. Error: `VALIDATION_FAILED`. */
export async function keyedRequest(call: UserCall, body: unknown): Promise<KeyedRequest | null> {
  const key = idempotencyKey(call.request.headers);
  if (key === null) return null;
  const fingerprint = await requestFingerprint(call.request.method, call.url.pathname, body);
  return { key, fingerprint };
}

/** Reads the first answer to this user's key, if there is one and it is not past its time. */
export function storedAnswer({ actor, now }: UserCall, keyed: KeyedRequest | null): Sql {
  return sql`SELECT fingerprint, status, body FROM idempotency_keys
    WHERE user_id = ${actor.userId} AND key = ${keyed?.key ?? null} AND expires_at > ${now}`;
}

/** What {@link storedAnswer} read, as an answer; null without one. Error: `IDEMPOTENCY_KEY_REUSED`. */
export function replayOf(keyed: KeyedRequest | null, rows: readonly unknown[] | undefined): Answer | null {
  const row = rows?.[0];
  if (keyed === null || row === undefined) return null;
  const { fingerprint, status, body } = storedRow.parse(row);
  if (fingerprint !== keyed.fingerprint) throw new PlatformError('IDEMPOTENCY_KEY_REUSED');
  return { status, body: body === null ? null : z.looseObject({}).parse(JSON.parse(body)) };
}

/** An answer whose body is SQL that makes its JSON text, or null. */
export interface KeptAnswer {
  readonly status: Answer['status'];
  readonly body: Sql;
}

/** Keeps the answer for 24 hours where the write happened, and clears a few that are past their time. */
export function keepAnswer(call: UserCall, keyed: KeyedRequest, answer: KeptAnswer, happened: Sql): Sql[] {
  const { key, fingerprint } = keyed;
  return [
    sql`INSERT OR REPLACE INTO idempotency_keys (user_id, key, fingerprint, status, body, expires_at)
      SELECT ${call.actor.userId}, ${key}, ${fingerprint}, ${answer.status}, ${answer.body},
        ${call.now + IDEMPOTENCY_LIFETIME_MS}
      WHERE ${happened}`,
    sql`DELETE FROM idempotency_keys WHERE rowid IN (SELECT rowid FROM idempotency_keys
      WHERE expires_at <= ${call.now} ORDER BY expires_at LIMIT ${CLEARED_PER_WRITE})`,
  ];
}
