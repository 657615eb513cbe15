import type { z } from 'zod';
import { type FieldProblem, PlatformError, validationFailed } from '../errors/platform-error.ts';
import { jsonProblem } from './json-problem.ts';

/** The largest JSON body a route takes, in bytes: 256 KiB. D1 takes rows of up to 2 MB. */
export const MAX_JSON_BODY_BYTES = 256 * 1024;

/**
 * Reads a JSON body and checks it against a schema.
 *
 * Errors: `UNSUPPORTED_MEDIA_TYPE`, `BODY_TOO_LARGE` (with `limit_bytes`; never reads past it), `MALFORMED_JSON`,
 * `VALIDATION_FAILED` with every field that is wrong or unknown, nested too deep, or not text.
 */
export async function readJsonBody<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  limitBytes = MAX_JSON_BODY_BYTES,
): Promise<z.output<Schema>> {
  const mediaType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') {
    throw new PlatformError('UNSUPPORTED_MEDIA_TYPE', { context: { content_type: mediaType ?? null } });
  }
  const body = parseJson(await readText(request, limitBytes));
  const problem = jsonProblem(body);
  if (problem) throw validationFailed(problem);
  return validate(schema, body);
}

/** The value as the schema gives it back. Error: `VALIDATION_FAILED`. */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value, { error: plainMessage });
  if (!result.success) throw validationFailed(...result.error.issues.flatMap(fieldProblems));
  return result.data;
}

/** Says in plain words what zod says in its own, where the schema itself says nothing. */
function plainMessage(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') {
    const type = issue.expected === 'record' ? 'object' : issue.expected;
    return issue.input === undefined ? 'This field is missing.' : `This field is of type ${type}.`;
  }
  if (issue.code === 'invalid_value') return `This field is one of: ${issue.values.join(', ')}.`;
  return undefined;
}

function fieldProblems(issue: z.core.$ZodIssue): FieldProblem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: [...path, key].join('.'),
      message: 'This field is not known here.',
    }));
  }
  return [{ field: path.join('.') || 'body', message: issue.message }];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PlatformError('MALFORMED_JSON', { cause });
  }
}

async function readText(request: Request, limitBytes: number): Promise<string> {
  const tooLarge = new PlatformError('BODY_TOO_LARGE', { context: { limit_bytes: limitBytes } });
  if (Number(request.headers.get('content-length') ?? 0) > limitBytes) throw tooLarge;
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > limitBytes) throw tooLarge;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
