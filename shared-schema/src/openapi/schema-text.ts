import type { JsonSchema } from './schema-components.ts';

/** A schema in a few words: `string (email), at most 254 characters`, `Client`, `list of Address`, `one of: a, b`. */
export function schemaText(schema: JsonSchema | boolean | undefined): string {
  if (schema === undefined || typeof schema === 'boolean') return 'anything';
  if (typeof schema.$ref === 'string') return schema.$ref.split('/').at(-1) ?? '';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return `one of: ${schema.enum.join(', ')}`;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map(schemaText))].join(' or ');
  if (schema.type === 'array') return `list of ${schemaText(itemsOf(schema))}${bounds(schema)}`;
  const format = schema.format === undefined ? '' : ` (${schema.format})`;
  const type = [schema.type ?? 'anything'].flat().join(' or ');
  return `${type}${format}${bounds(schema)}`;
}

/** The fields of an object schema, each with whether it must be there. */
export function fieldsOf(schema: JsonSchema): { name: string; schema: JsonSchema; required: boolean }[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    typeof field === 'boolean'
      ? []
      : [{ name, schema: field, required: schema.required?.includes(name) ?? false }],
  );
}

/** The schema of a list's items; zod writes no list of schemas where it writes a list. */
function itemsOf({ items }: JsonSchema): JsonSchema | boolean | undefined {
  return Array.isArray(items) ? undefined : items;
}

function bounds({ minLength, maxLength, minimum, maximum, maxItems }: JsonSchema): string {
  const said = [
    minLength !== undefined && `at least ${minLength} characters`,
    maxLength !== undefined && `at most ${maxLength} characters`,
    minimum !== undefined && `from ${minimum}`,
    maximum !== undefined && `to ${maximum}`,
    maxItems !== undefined && `at most ${maxItems}`,
  ].filter((part) => part !== false);
  return said.map((part) => `, ${part}`).join('');
}
