import { describe, expect, it } from 'vitest';
import { jsonProblem, MAX_JSON_DEPTH } from './json-problem.ts';

function nested(depth: number): unknown {
  return JSON.parse(`${'['.repeat(depth)}1${']'.repeat(depth)}`);
}

describe('jsonProblem', () => {
  it('finds nothing in a usual body', () => {
    expect(jsonProblem({ name: 'Ann \u{1F600}', tags: ['a'], address: { city: null }, n: 1 })).toBeNull();
  });

  it('takes the greatest depth and no more', () => {
    expect(jsonProblem(nested(MAX_JSON_DEPTH))).toBeNull();
    expect(jsonProblem(nested(MAX_JSON_DEPTH + 1))).toEqual({
      field: Array.from({ length: MAX_JSON_DEPTH }, () => '0').join('.'),
      message: 'A body is nested at most 16 deep.',
    });
  });

  it('bears a body of a hundred thousand levels', () => {
    expect(jsonProblem(nested(100_000))?.message).toBe('A body is nested at most 16 deep.');
  });

  it('names a field called __proto__, wherever it is', () => {
    const body: unknown = JSON.parse('{"a":{"__proto__":{"x":1}}}');
    expect(jsonProblem(body)).toEqual({ field: 'a.__proto__', message: 'This field is not known here.' });
  });

  it('names a text that holds half of a character', () => {
    expect(jsonProblem({ name: 'x\ud800y' })).toEqual({
      field: 'name',
      message: 'This text holds half of a character.',
    });
  });
});
