import * as z from 'zod';

const TYPES = ['object', 'array', 'string', 'integer', 'number', 'boolean', 'null'] as const;
type Type = (typeof TYPES)[number];

/** A JSON Schema, as far as our documents use it: a keyword that is not here is refused, not passed over. */
export interface JsonSchema {
  readonly $ref?: string | undefined;
  readonly type?: Type | readonly Type[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[] | undefined;
  readonly properties?: Readonly<Record<string, JsonSchema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly additionalProperties?: boolean | JsonSchema | undefined;
  readonly propertyNames?: JsonSchema | undefined;
  readonly items?: JsonSchema | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly pattern?: string | undefined;
  readonly format?: 'email' | 'uuid' | 'date' | 'uri' | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly exclusiveMinimum?: number | undefined;
  readonly default?: unknown;
  readonly description?: string | undefined;
  /** Where the records are whose ids the field holds. */
  readonly 'x-reference'?: string | undefined;
}

/** Draft 2020-12, the keywords above: strict. */
export const jsonSchemaSchema: z.ZodType<JsonSchema> = z.lazy(() =>
  z.strictObject({
    $ref: z.string().startsWith('#/components/schemas/').optional(),
    type: z.union([z.enum(TYPES), z.array(z.enum(TYPES)).min(1)]).optional(),
    enum: z.array(z.unknown()).min(1).optional(),
    const: z.unknown().optional(),
    anyOf: z.array(jsonSchemaSchema).min(1).optional(),
    properties: z.record(z.string(), jsonSchemaSchema).optional(),
    required: z.array(z.string()).optional(),
    additionalProperties: z.union([z.boolean(), jsonSchemaSchema]).optional(),
    propertyNames: jsonSchemaSchema.optional(),
    items: jsonSchemaSchema.optional(),
    minItems: z.int().nonnegative().optional(),
    maxItems: z.int().nonnegative().optional(),
    minLength: z.int().nonnegative().optional(),
    maxLength: z.int().nonnegative().optional(),
    pattern: z.string().optional(),
    format: z.enum(['email', 'uuid', 'date', 'uri']).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    exclusiveMinimum: z.number().optional(),
    default: z.unknown().optional(),
    description: z.string().optional(),
    'x-reference': z.string().optional(),
  }),
);

const FORMATS = {
  email: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  uri: /^[a-z][a-z0-9+.-]*:\S+$/,
} as const;

export type Schemas = Readonly<Record<string, JsonSchema>>;

interface Check {
  readonly schemas: Schemas;
  /** Whether an object may have only the fields that are listed, where the schema says neither. */
  readonly closed: boolean;
  readonly at: string;
}

/**
 * What is wrong with the value, a line for each thing; none where it is as the schema says. An object whose fields are
 * listed may have those only, where the schema does not say otherwise: what is answered beyond them was not promised.
 */
export function problemsOf(value: unknown, schema: JsonSchema, schemas: Schemas): string[] {
  return check(value, schema, { schemas, closed: true, at: 'body' });
}

/** The schema that a reference names. */
export function referred($ref: string, schemas: Schemas): JsonSchema {
  const found = schemas[$ref.split('/').at(-1) ?? ''];
  if (!found) throw new Error(`There is no ${$ref}.`);
  return found;
}

function check(value: unknown, schema: JsonSchema, how: Check): string[] {
  if (schema.$ref !== undefined) {
    const { $ref, ...beside } = schema;
    // What stands beside a reference narrows it, and says nothing of the fields that it does not name.
    return [
      ...check(value, referred($ref, how.schemas), how),
      ...check(value, beside, { ...how, closed: false }),
    ];
  }
  const types = schema.type === undefined ? TYPES : [schema.type].flat();
  if (!types.some((type) => isOfType(value, type))) {
    return [`${how.at} is not of type ${types.join(' or ')}: ${JSON.stringify(value)}`];
  }
  const unmet = Object.entries(conditions(value, schema)).flatMap(([what, holds]) =>
    holds ? [] : [`${how.at} is against ${what}: ${JSON.stringify(value)}`],
  );
  return [...unmet, ...checkChoices(value, schema, how), ...checkParts(value, schema, how)];
}

/** What the schema asks of the value itself, keyword by keyword. */
function conditions(value: unknown, schema: JsonSchema): Record<string, boolean> {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY, exclusiveMinimum } = schema;
  const text = typeof value === 'string' ? value : null;
  const list = Array.isArray(value) ? value : null;
  const number = typeof value === 'number' ? value : null;
  return {
    enum: schema.enum?.includes(value) ?? true,
    const: schema.const === undefined || schema.const === value,
    minLength: text === null || text.length >= (schema.minLength ?? 0),
    maxLength: text === null || text.length <= (schema.maxLength ?? text.length),
    pattern: text === null || schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(text),
    format: text === null || schema.format === undefined || FORMATS[schema.format].test(text),
    minimum: number === null || number >= minimum,
    maximum: number === null || number <= maximum,
    exclusiveMinimum: number === null || exclusiveMinimum === undefined || number > exclusiveMinimum,
    minItems: list === null || list.length >= (schema.minItems ?? 0),
    maxItems: list === null || list.length <= (schema.maxItems ?? list.length),
  };
}

function checkChoices(value: unknown, { anyOf }: JsonSchema, how: Check): string[] {
  const tried = (anyOf ?? []).map((choice) => check(value, choice, how));
  return tried.some((problems) => problems.length === 0) ? [] : tried.flat();
}

function checkParts(value: unknown, schema: JsonSchema, how: Check): string[] {
  const { items } = schema;
  if (Array.isArray(value)) {
    return items ? value.flatMap((item, at) => check(item, items, { ...how, at: `${how.at}[${at}]` })) : [];
  }
  if (!isOfType(value, 'object')) return [];
  const fields = Object.entries(Object(value));
  const missing = (schema.required ?? []).filter((name) => !fields.some(([field]) => field === name));
  return [
    ...missing.map((name) => `${how.at} lacks ${name}`),
    ...fields.flatMap(([name, field]) =>
      checkField(name, field, schema, { ...how, at: `${how.at}.${name}` }),
    ),
  ];
}

function checkField(name: string, value: unknown, schema: JsonSchema, how: Check): string[] {
  const { properties, propertyNames, additionalProperties = !(how.closed && properties) } = schema;
  const by = properties?.[name] ?? additionalProperties;
  const named = propertyNames ? check(name, propertyNames, how) : [];
  if (by === true) return named;
  return [...named, ...(by === false ? [`${how.at} was not promised`] : check(value, by, how))];
}

function isOfType(value: unknown, type: Type): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'null') return value === null;
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
