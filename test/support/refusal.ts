import { expect } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '#shared-schema/errors/error-codes.ts';
import type { Answer } from './send.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Checks that the answer is this error and nothing more: status, envelope, message, context and request id. */
export function expectRefusal(answer: Answer, code: ErrorCode, context: unknown = {}): void {
  const { status, message } = ERROR_CODES[code];
  expect({ status: answer.status, body: answer.body }, answer.text).toStrictEqual({
    status,
    body: { error: { code, message, context, request_id: expect.stringMatching(UUID) } },
  });
  expect(answer.body).toMatchObject({ error: { request_id: answer.headers.get('x-request-id') } });
}

/** Checks that fields are named as wrong, and no others. */
export function expectInvalidFields(answer: Answer, ...names: readonly string[]): void {
  const fields = names.map((field) => ({ field, message: expect.stringMatching(/./) }));
  expectRefusal(answer, 'VALIDATION_FAILED', { fields });
}
