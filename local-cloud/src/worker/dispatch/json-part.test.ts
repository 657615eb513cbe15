import { expect, test } from 'vitest';
import { readJsonPart } from './json-part.ts';

function form(fields: [string, string | Blob][]): FormData {
  const result = new FormData();
  for (const [name, value] of fields) result.append(name, value);
  return result;
}

test('a part is read as JSON, from a text and from a file', async () => {
  const value = { main_module: 'a.js' };
  expect(await readJsonPart(form([['metadata', JSON.stringify(value)]]), 'metadata')).toEqual(value);
  expect(await readJsonPart(form([['metadata', new Blob([JSON.stringify(value)])]]), 'metadata')).toEqual(
    value,
  );
});

test('what is no JSON, or not there, is refused by name', async () => {
  await expect(readJsonPart(form([['metadata', '{']]), 'metadata')).rejects.toThrow(
    "The part 'metadata' is not valid JSON.",
  );
  await expect(readJsonPart(form([['other', '{}']]), 'metadata')).rejects.toThrow(
    "The form has no part 'metadata'.",
  );
});
