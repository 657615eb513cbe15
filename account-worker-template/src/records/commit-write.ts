import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { sessionGuard } from '../auth/session-guard.ts';
import { type Change, newestChangeIs, recordChange } from '../changes/record-change.ts';
import { type Condition, diagnosisStatement, firstFailure } from '../database/condition.ts';
import { primarySession } from '../database/d1-session.ts';
import { type Row, runBatch } from '../database/run-batch.ts';
import { allOf, type Sql, sql } from '../database/sql.ts';
import type { EntityDefinition } from '../entities/entity.ts';
import { type Answer, bookmarkHeader } from '../http/answer.ts';
import type { UserCall } from '../http/call.ts';
import { type GivenNumbers, NO_NUMBERS, withNumbers } from './numbered-fields.ts';
import { recordResponse, replayResponse } from './record-response.ts';
import { type KeptAnswer, type KeyedRequest, keepAnswer, replayOf, storedAnswer } from './stored-answer.ts';

export interface Write {
  readonly entity: EntityDefinition;
  readonly keyed: KeyedRequest | null;
  readonly conditions: readonly Condition[];
  /** What is tidied up first, each only where `allowed` holds, whatever becomes of the write. */
  readonly before?: (allowed: Sql) => readonly Sql[];
  /** Null where the request changes nothing and only its answer is kept. */
  readonly change: Change | null;
  /** What the database gives of the record, if anything; the answer is made whole with it. */
  readonly numbers?: GivenNumbers;
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
  return (
    failure ?? recordResponse(call, write.entity, wholeAnswer(write, diagnosis[0]), bookmarkHeader(session))
  );
}

function writeBatch(call: UserCall, write: Write): Sql[] {
  const { change, keyed, conditions, numbers = NO_NUMBERS } = write;
  const guard = sessionGuard(call);
  const stored = storedAnswer(call, keyed);
  const allowed = allOf([guard, sql`NOT EXISTS (${stored})`, ...conditions.map(({ holds }) => holds)]);
  const happened = change ? newestChangeIs(change) : allowed;
  return [
    diagnosisStatement(guard, conditions, numbers.values),
    stored,
    ...(change ? [recordChange(change, allowed)] : []),
    ...write.statements(happened),
    ...(keyed ? keepAnswer(call, keyed, keptAnswer(write), happened) : []),
    ...numbers.take(happened),
  ];
}

function wholeAnswer({ answer, numbers = NO_NUMBERS }: Write, row: Row): Answer {
  if (answer.body === null) return answer;
  const given = Object.keys(numbers.values).map((field) => [field, row[field]]);
  return { ...answer, body: { ...answer.body, ...Object.fromEntries(given) } };
}

function keptAnswer({ answer, numbers = NO_NUMBERS }: Write): KeptAnswer {
  const { status, body } = answer;
  return { status, body: body === null ? sql`NULL` : withNumbers(body, numbers) };
}
