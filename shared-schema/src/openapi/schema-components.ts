import * as z from 'zod';
import type { NamedSchema } from './route-description.ts';

export type JsonSchema = z.core.JSONSchema.BaseSchema;
type Direction = 'input' | 'output';

/**
 * The schemas that a document names, each written once and referred to. What is sent is described as it may be sent
 * (`input`: defaults may be left out), what is answered as it is after every transform (`output`).
 */
export class SchemaComponents {
  readonly #registries = {
    input: z.registry<{ id: string }>(),
    output: z.registry<{ id: string }>(),
  };
  readonly #named = new Map<string, { readonly schema: z.ZodType; readonly direction: Direction }>();

  /** A reference to the schema. A name stands for one schema in one direction: anything else is a mistake of ours. */
  refer({ name, schema }: NamedSchema, direction: Direction): JsonSchema {
    const made = typeof schema === 'function' ? schema() : schema;
    const known = this.#named.get(name);
    if (!known) {
      this.#named.set(name, { schema: made, direction });
      this.#registries[direction].add(made, { id: name });
    } else if (known.schema !== made || known.direction !== direction) {
      throw new TypeError(`The document would have two schemas named ${name}.`);
    }
    return { $ref: reference(name) };
  }

  /** All that were referred to, by name. */
  toJson(): Record<string, JsonSchema> {
    const schemas: Record<string, JsonSchema> = {};
    for (const direction of ['input', 'output'] as const) {
      const { schemas: converted } = z.toJSONSchema(this.#registries[direction], {
        io: direction,
        uri: reference,
        // What a transform gives back is not known to zod: it is then described as anything.
        unrepresentable: 'any',
        override: ({ jsonSchema }) => simplify(jsonSchema, direction),
      });
      for (const [name, schema] of Object.entries(converted)) {
        const { $id: _id, $schema: _dialect, ...rest } = schema;
        schemas[name] = rest;
      }
    }
    return schemas;
  }
}

/** One schema as it may be sent, in place. */
export function inlineSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => simplify(jsonSchema, 'input'),
  });
  return rest;
}

function reference(name: string): string {
  return `#/components/schemas/${name}`;
}

function simplify(schema: JsonSchema, direction: Direction): void {
  if (direction === 'output') {
    // A later release may answer more fields than this one.
    if (schema.additionalProperties === false) delete schema.additionalProperties;
    // What is answered is there.
    delete schema.default;
  }
  // The format says it; zod's pattern for it may change with zod.
  if (schema.format !== undefined) delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
}
