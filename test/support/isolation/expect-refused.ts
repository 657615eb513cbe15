import { expect } from 'vitest';
import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { expectRefusal } from '../refusal.ts';
import type { Answer } from '../send.ts';

/** An answer that is on its way, whose request it was, and the code that it must have. */
export type Refused = readonly [who: string, code: ErrorCode, answer: Promise<Answer>];

/** Everybody is refused, with the code that is theirs and nothing more. */
export async function expectRefused(refused: readonly Refused[]): Promise<void> {
  const answers = refused.map(async ([who, code, answer]) => ({ who, code, answer: await answer }));
  for (const { who, code, answer } of await Promise.all(answers)) {
    expect(`${who}: ${Object(answer.body).error?.code}`, answer.text).toBe(`${who}: ${code}`);
    expectRefusal(answer, code);
  }
}
