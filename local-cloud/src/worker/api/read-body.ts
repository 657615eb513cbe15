import type { z } from 'zod';
import { ApiError, type ApiErrorName } from './api-error.ts';

/** The request's JSON body, checked by `schema`. An empty body reads as `{}`. */
export async function readJson<T>(request: Request, schema: z.ZodType<T>, invalid: ApiErrorName): Promise<T> {
  const text = await request.text();
  let value: unknown;
  try {
    value = text === '' ? {} : JSON.parse(text);
  } catch {
    throw new ApiError('BODY_MALFORMED', 'The request body is not valid JSON.');
  }
  return checked(value, schema, invalid);
}

/** The request's form, or `BODY_MALFORMED`. */
export async function readForm(request: Request): Promise<FormData> {
  try {
    return await request.formData();
  } catch {
    throw new ApiError('BODY_MALFORMED', 'The request body is not a valid multipart form.');
  }
}

/** `value` as `schema` reads it, or the named error with the first thing wrong. */
export function checked<T>(value: unknown, schema: z.ZodType<T>, invalid: ApiErrorName): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  throw new ApiError(invalid, path === '' ? `${issue?.message}` : `${path}: ${issue?.message}`);
}
