import { randomUUID } from 'node:crypto';
import { newRefreshToken } from '#account-worker-template/sessions/refresh-token.ts';
import type { CloudApi } from '../cloud-api.ts';

/** Members a statement: their rows as one JSON text stay within the 2 MB that D1 allows a value. */
const MEMBERS_PER_STATEMENT = 2_000;
const SESSION_MS = 60 * 60 * 1000;

/** Somebody who was logged in yesterday: all that their browser kept is the refresh token. */
export interface Member {
  readonly id: string;
  /** From 0. */
  readonly number: number;
  readonly refreshToken: string;
}

/**
 * Members of an account, written straight into its database with a session each. To log them in would take about 200 ms of CPU
 * each for their passwords, which is not what a crowd is about.
 */
export async function seedMembers(
  cloud: CloudApi,
  { databaseId, accountId, count }: { databaseId: string; accountId: string; count: number },
): Promise<Member[]> {
  const rows = await Promise.all(
    Array.from({ length: count }, async (_, number) => {
      const { sessionId, text, hash } = await newRefreshToken(randomUUID());
      return { id: randomUUID(), number, sessionId, text, hash };
    }),
  );
  const now = Date.now();
  for (let from = 0; from < count; from += MEMBERS_PER_STATEMENT) {
    const some = JSON.stringify(
      rows.slice(from, from + MEMBERS_PER_STATEMENT).map(({ text, ...row }) => row),
    );
    await cloud.query(
      databaseId,
      `INSERT INTO users (id, body, version, account_id, created_at, created_by, updated_at, updated_by)
       SELECT value ->> 'id', json_object('email', printf('member%d@crowd.example', value ->> 'number'),
         'name', printf('Member %d', value ->> 'number'), 'role', 'member', 'status', 'active', 'group_ids', json('[]')),
         1, ?2, ?3, value ->> 'id', ?3, value ->> 'id' FROM json_each(?1)`,
      ...[some, accountId, String(now)],
    );
    await cloud.query(
      databaseId,
      `INSERT INTO sessions (id, user_id, created_at, expires_at, refresh_hash, rotated_at)
       SELECT value ->> 'sessionId', value ->> 'id', ?2, ?3, value ->> 'hash', ?2 FROM json_each(?1)`,
      ...[some, String(now), String(now + SESSION_MS)],
    );
  }
  return rows.map(({ id, number, text }) => ({ id, number, refreshToken: text }));
}
