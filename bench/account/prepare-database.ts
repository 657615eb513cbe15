import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { splitStatements } from '#shared-schema/sql/split-statements.ts';
import type { Identity } from './bench-tokens.ts';
import type { FillOptions } from './fill-clients.ts';

export const DEDICATED_ENTRY = join(import.meta.dirname, '../../account-worker-template/src/index.ts');
export const POOLED_ENTRY = join(import.meta.dirname, '../pooled-worker/src/index.ts');
const POOLED_SCHEMA = join(import.meta.dirname, '../pooled-worker/schema.sql');

export function newIdentity(stackId: string = randomUUID()): Identity {
  return { stackId, accountId: randomUUID(), userId: randomUUID(), sessionId: randomUUID() };
}

/** The body of `PUT /_platform/owner`. */
export function ownerOf({ accountId, userId: id }: Identity): object {
  const owner = { id, name: 'Owner', email: 'owner@bench.example', password_hash: 'none' };
  return { account_id: accountId, owner };
}

export async function openDedicatedSession(
  database: D1Database,
  { userId, sessionId }: Identity,
): Promise<void> {
  await database
    .prepare(
      `INSERT INTO sessions (id, user_id, created_at, expires_at, refresh_hash, rotated_at) VALUES (?, ?, 0, 9e15, '', 0)`,
    )
    .bind(sessionId, userId)
    .run();
}

export async function createPooledSchema(database: D1Database): Promise<void> {
  const statements = splitStatements(await readFile(POOLED_SCHEMA, 'utf8'));
  await database.batch(statements.map((statement) => database.prepare(statement)));
}

export async function openPooledSession(database: D1Database, identity: Identity): Promise<void> {
  const { accountId, userId, sessionId } = identity;
  await database.batch([
    database.prepare(`INSERT INTO users VALUES (?, ?, 'owner', 'active')`).bind(userId, accountId),
    database.prepare('INSERT INTO sessions VALUES (?, ?, ?, 9e15, NULL)').bind(sessionId, accountId, userId),
  ]);
}

type Owner = Pick<FillOptions, 'accountId' | 'accountColumn'>;

export function dedicatedTo({ accountId }: Identity): Owner {
  return { accountId, accountColumn: 'account_id' };
}

export function pooledFor({ accountId }: Identity): Owner {
  return { accountId, accountColumn: 'organization_id' };
}
