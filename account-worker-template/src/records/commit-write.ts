import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { sessionGuard } from '../auth/session-guard.ts';
import { type Change, newestChangeIs, recordChange } from '../changes/record-change.ts';
import { type Condition, diagnosisStatement, firstFailure } from '../database/condition.ts';
import { primarySession } from '../database/d1-session.ts';
import { runBatch } from '../database/run-batch.ts';
import { allOf, type Sql, sql } from '../database/sql.ts';
import type { EntityDefinition } from '../entities/entity.ts';
import { type Answer, bookmarkHeader } from '../http/answer.ts';
import type { UserCall } from '../http/call.ts';
import { recordResponse, replayResponse } from './record-response.ts';
import { type KeyedRequest, keepAnswer, replayOf, storedAnswer } from './stored-answer.ts';

export interface Write {
  readonly entity: EntityDefinition;
  readonly keyed: KeyedRequest | null;
  readonly conditions: readonly Condition[];
  /** What is tidied up first, each only where `allowed` holds, whatever becomes of the write. */
  readonly before?: (allowed: Sql) => readonly Sql[];
  /** Null where the request changes nothing and only its answer is kept. */
  readonly change: Change | null;
  /** What is written, each only where `happened` holds. */
  readonly statements: (happened: Sql) => readonly Sql[];
  readonly answer: Answer;
}

/**
 * Writes in one batch, which is one transaction: what tells each condition, the first answer to the same key, the
 * entry in the change log where all conditions hold, and the rest where that entry was written. The response is the
 * answer or its replay; an error is given back, not thrown, where nothing was written because a condition did not hold.
 *
 * Errors thrown: `SESSION_ENDED`, `IDEMPOTENCY_KEY_REUSED`.
 */
export async function commitWrite(call: UserCall, write: Write): Promise<Response | PlatformError> {
  const session = primarySession(call);
  const before = write.before?.(sessionGuard(call)) ?? [];
  const results = await runBatch(session, [...before, ...writeBatch(call, write)]);
  const [diagnosis, stored] = results.slice(before.length);
  if (diagnosis?.[0]?.session_holds !== 1) throw new PlatformError('SESSION_ENDED');
  const replay = replayOf(write.keyed, stored);
  if (replay) return replayResponse(call, write.entity, replay, session);
  const failure = firstFailure(write.conditions, diagnosis[0]);
  return failure ?? recordResponse(call, write.entity, write.answer, bookmarkHeader(session));
}

function writeBatch(call: UserCall, write: Write): Sql[] {
  const { change, keyed, conditions } = write;
  const guard = sessionGuard(call);
  const stored = storedAnswer(call, keyed);
  const allowed = allOf([guard, sql`NOT EXISTS (${stored})`, ...conditions.map(({ holds }) => holds)]);
  const happened = change ? newestChangeIs(change.id) : allowed;
  return [
    diagnosisStatement(guard, conditions),
    stored,
    ...(change ? [recordChange(change, allowed)] : []),
    ...write.statements(happened),
    ...(keyed ? keepAnswer(call, keyed, write.answer, happened) : []),
  ];
}
