import { ApiError } from '../api/api-error.ts';

/** The JSON value of a form's part, sent as a text or as a file. */
export async function readJsonPart(form: FormData, name: string): Promise<unknown> {
  const part = form.get(name);
  if (part === null) throw new ApiError('SCRIPT_INVALID', `The form has no part '${name}'.`);
  try {
    return JSON.parse(typeof part === 'string' ? part : await part.text());
  } catch {
    throw new ApiError('BODY_MALFORMED', `The part '${name}' is not valid JSON.`);
  }
}
