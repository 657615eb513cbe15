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

/**
 * The request's multipart form, or `BODY_MALFORMED`. A body of another type would be a script in service-worker syntax,
 * which is `SCRIPT_INVALID` here; `scripts.update` of SDK 7 sends its form so (cloudflare-typescript #2799).
 */
export async function readForm(request: Request): Promise<FormData> {
  const contentType = request.headers.get('content-type') ?? '';
  if (!contentType.startsWith('multipart/form-data')) {
    throw new ApiError(
      'SCRIPT_INVALID',
      `A script is uploaded as multipart/form-data, not as '${contentType}'.`,
    );
  }
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
