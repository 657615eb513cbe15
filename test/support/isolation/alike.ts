import { expect } from 'vitest';
import type { Answer } from '../send.ts';
import { withoutRequestId } from '../without-request-id.ts';

/** Nobody can tell one answer from another. */
export function expectAlike(first: Answer, ...others: readonly Answer[]): void {
  for (const other of others) expect(withoutRequestId(other)).toStrictEqual(withoutRequestId(first));
}

/** The same of good answers, which may say what time it is and carry addresses that are signed anew each time. */
export function expectSteady(first: Answer, ...others: readonly Answer[]): void {
  const steady = (answer: Answer) => {
    const { text, ...rest } = withoutRequestId(answer);
    return { ...rest, text: text.replaceAll(/\b\d{13}\b/g, 'TIME').replaceAll(/\/files\/[\w.-]+/g, 'FILE') };
  };
  for (const other of others) expect(steady(other)).toStrictEqual(steady(first));
}

/** None of the texts is anywhere in the answer, headers included, in any case. */
export function expectNothingOf(texts: readonly string[], { text, headers }: Answer): void {
  const whole = `${JSON.stringify([...headers])}\n${text}`.toLowerCase();
  expect(texts.filter((marked) => whole.includes(marked.toLowerCase()))).toStrictEqual([]);
}
