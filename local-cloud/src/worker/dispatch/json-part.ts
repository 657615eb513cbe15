import { ApiError } from '../api/api-error.ts';

/**
 * The JSON value of a form's part. The official SDK spreads an object over fields such as `metadata[main_module]` and
 * `metadata[bindings][][name]` instead; those are put together again.
 */
export async function readJsonPart(form: FormData, name: string): Promise<unknown> {
  const part = form.get(name);
  if (part === null) return gatherFields(form, name);
  try {
    return JSON.parse(typeof part === 'string' ? part : await part.text());
  } catch {
    throw new ApiError('BODY_MALFORMED', `The part '${name}' is not valid JSON.`);
  }
}

type Gathered = { [key: string]: string | Gathered | (string | Gathered)[] };

function gatherFields(form: FormData, name: string): Gathered {
  const root: Gathered = {};
  let found = false;
  for (const [key, value] of form.entries()) {
    if (typeof value !== 'string' || !key.startsWith(`${name}[`)) continue;
    found = true;
    const path = Array.from(key.slice(name.length).matchAll(/\[([^\]]*)\]/g), (match) => match[1] ?? '');
    setField(root, path, value);
  }
  if (!found) throw new ApiError('BODY_MALFORMED', `The form has no part '${name}'.`);
  return root;
}

/** An empty step is an element of a list: a new one when the last already has the field, as fields come in order. */
function setField(target: Gathered, [key = '', next, ...rest]: string[], value: string): void {
  if (next === undefined) {
    target[key] = value;
    return;
  }
  if (next !== '') {
    const child = target[key];
    const object = typeof child === 'object' && !Array.isArray(child) ? child : {};
    target[key] = object;
    setField(object, [next, ...rest], value);
    return;
  }
  const current = target[key];
  const list = Array.isArray(current) ? current : [];
  target[key] = list;
  const field = rest[0];
  if (field === undefined) {
    list.push(value);
    return;
  }
  const last = list.at(-1);
  const element = typeof last === 'object' && !(field in last) ? last : {};
  if (element !== last) list.push(element);
  setField(element, rest, value);
}
