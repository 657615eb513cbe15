import { randomUUID } from 'node:crypto';
import { type JsonSchema, problemsOf, referred, type Schemas } from './json-schema.ts';

/** Texts to try where a pattern is all that is said of one. */
const TEXTS = [
  'application/pdf',
  'a0'.repeat(32),
  'GB',
  'sample',
  'sample-sample',
  '0123456789abcdef',
  '2026',
  '"1"',
];

export interface SampleOptions {
  readonly schemas: Schemas;
  /** Whether fields that may be left out are there too. */
  readonly all: boolean;
  /** The id of a record of this collection. */
  readonly idOf: (collection: string) => Promise<string>;
}

/** A value that is as the schema says, made from nothing else. */
export async function sampleOf(schema: JsonSchema, options: SampleOptions): Promise<unknown> {
  if (schema.$ref !== undefined) return sampleOf(referred(schema.$ref, options.schemas), options);
  const collection = schema['x-reference'];
  if (collection !== undefined) {
    const id = await options.idOf(collection);
    return problemsOf(id, { ...schema, 'x-reference': undefined }, options.schemas).length === 0 ? id : [id];
  }
  const [choice] = schema.anyOf ?? [];
  if (choice) return sampleOf(choice, options);
  if (schema.enum) return schema.enum[0];
  if (schema.const !== undefined) return schema.const;
  const [type] = [schema.type].flat();
  if (type === 'integer' || type === 'number') {
    return Math.max(schema.minimum ?? 1, (schema.exclusiveMinimum ?? 0) + 1);
  }
  if (type === 'boolean') return true;
  if (type === 'array') return sampleList(schema, options);
  if (type === 'string') return sampleText(schema, options);
  if (schema.properties) return sampleObject(schema, options);
  return {};
}

async function sampleObject(schema: JsonSchema, options: SampleOptions): Promise<Record<string, unknown>> {
  const object: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const wanted = options.all || schema.required?.includes(name);
    if (wanted) object[name] = await sampleOf(field, options);
  }
  return object;
}

async function sampleList({ items, minItems = 0, maxItems = 1 }: JsonSchema, options: SampleOptions) {
  const length = Math.max(minItems, options.all ? Math.min(1, maxItems) : 0);
  return items ? Promise.all(Array.from({ length }, () => sampleOf(items, options))) : [];
}

function sampleText(schema: JsonSchema, { schemas }: SampleOptions): string {
  if (schema.format === 'email') return `${randomUUID()}@contract.example`;
  if (schema.format === 'uuid') return randomUUID();
  if (schema.format === 'date') return '2026-01-31';
  if (schema.format === 'uri') return 'https://contract.example/';
  const tried = [...TEXTS, 'a long enough sample'.padEnd(schema.minLength ?? 0, '.')];
  const good = tried.find((text) => problemsOf(text, schema, schemas).length === 0);
  if (good === undefined) throw new Error(`No text is known for ${JSON.stringify(schema)}.`);
  return good;
}

/** A value that the schema does not allow for its type. */
export function wrongTypeFor(schema: JsonSchema, schemas: Schemas): unknown {
  const wrong = [{ wrong: true }, 7.5, ['wrong', { wrong: true }], 'wrong'];
  return wrong.find((value) => problemsOf(value, schema, schemas).length > 0);
}
