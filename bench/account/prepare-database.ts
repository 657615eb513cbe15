import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { splitStatements } from '#shared-schema/sql/split-statements.ts';
import type { Identity } from './bench-tokens.ts';
import { fillClients } from './fill-clients.ts';

export const DEDICATED_ENTRY = join(import.meta.dirname, '../../account-worker-template/src/index.ts');
export const POOLED_ENTRY = join(import.meta.dirname, '../pooled-worker/src/index.ts');
const POOLED_SCHEMA = join(import.meta.dirname, '../pooled-worker/schema.sql');

/** A Worker that runs, however it does, on an empty database. */
export interface EmptyWorker {
  readonly database: D1Database;
  /** Any answer but a success throws. */
  sendControl(method: string, path: string, body: unknown): Promise<void>;
}

/** An account that is to be in a database, with a session of its owner and so many clients. */
export interface PreparedAccount {
  readonly identity: Identity;
  readonly clients: number;
}

export function newIdentity(stackId: string = randomUUID()): Identity {
  return { stackId, accountId: randomUUID(), userId: randomUUID(), sessionId: randomUUID() };
}

/** Ensures that the Worker's database is this account's own. Its clients are of series 1. */
export async function prepareDedicated(
  { database, sendControl }: EmptyWorker,
  { identity, clients }: PreparedAccount,
): Promise<void> {
  const { accountId, userId, sessionId } = identity;
  const owner = { id: userId, name: 'Owner', email: 'owner@bench.example', password_hash: 'none' };
  await sendControl('PUT', '/_platform/owner', { account_id: accountId, owner });
  await database
    .prepare(
      `INSERT INTO sessions (id, user_id, created_at, expires_at, refresh_hash, rotated_at) VALUES (?, ?, 0, 9e15, '', 0)`,
    )
    .bind(sessionId, userId)
    .run();
  await fillClients(database, { count: clients, series: 1, accountId, accountColumn: 'account_id' });
}

/** Ensures that the Worker's database holds these accounts. The clients of the first are of series 1, and so on. */
export async function preparePooled(
  { database }: EmptyWorker,
  accounts: readonly PreparedAccount[],
): Promise<void> {
  const statements = splitStatements(await readFile(POOLED_SCHEMA, 'utf8'));
  await database.batch(statements.map((statement) => database.prepare(statement)));
  for (const [position, { identity, clients }] of accounts.entries()) {
    const { accountId, userId, sessionId } = identity;
    await database.batch([
      database.prepare(`INSERT INTO users VALUES (?, ?, 'owner', 'active')`).bind(userId, accountId),
      database
        .prepare('INSERT INTO sessions VALUES (?, ?, ?, 9e15, NULL)')
        .bind(sessionId, accountId, userId),
    ]);
    const series = position + 1;
    await fillClients(database, { count: clients, series, accountId, accountColumn: 'organization_id' });
  }
}
