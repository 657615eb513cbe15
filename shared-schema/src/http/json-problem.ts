import type { FieldProblem } from '../errors/platform-error.ts';

/** How deep a JSON body may be nested. Deeper than any contract of ours, shallower than what recursion can bear. */
export const MAX_JSON_DEPTH = 16;

interface Place {
  readonly value: unknown;
  readonly path: readonly string[];
}

/**
 * What no schema sees in a parsed JSON value, or null: nesting past {@link MAX_JSON_DEPTH}, a field called `__proto__`
 * (which objects swallow), and halves of surrogate pairs (which no database gives back as they were).
 */
export function jsonProblem(body: unknown): FieldProblem | null {
  const places: Place[] = [{ value: body, path: [] }];
  for (let place = places.pop(); place; place = places.pop()) {
    const { value, path } = place;
    const field = path.join('.') || 'body';
    if (typeof value === 'string' && !value.isWellFormed()) {
      return { field, message: 'This text holds half of a character.' };
    }
    if (typeof value !== 'object' || value === null) continue;
    if (path.length === MAX_JSON_DEPTH) {
      return { field, message: `A body is nested at most ${MAX_JSON_DEPTH} deep.` };
    }
    for (const [key, inner] of Object.entries(value)) {
      if (key === '__proto__' || !key.isWellFormed()) {
        return { field: [...path, key].join('.'), message: 'This field is not known here.' };
      }
      places.push({ value: inner, path: [...path, key] });
    }
  }
  return null;
}
