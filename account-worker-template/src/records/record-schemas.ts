import * as z from 'zod';
import { timestampSchema, uuidSchema } from '#shared-schema/fields/fields.ts';
import type { EntityDefinition } from '../entities/entity.ts';

type Shape = Record<string, z.core.SomeType>;

/** Made once for each entity, so that the document knows a schema that it meets again. */
const recordSchemas = new WeakMap<EntityDefinition, z.ZodObject>();

/** A record of the entity as it is answered. */
export function recordSchema(entity: EntityDefinition): z.ZodObject {
  const known = recordSchemas.get(entity);
  if (known) return known;
  const made = z.object({
    id: uuidSchema,
    account_id: uuidSchema,
    version: z.int().positive(),
    ...numberedFields(entity),
    ...withReferences(entity, entity.fields.shape),
    created_at: timestampSchema,
    created_by: uuidSchema,
    updated_at: timestampSchema,
    updated_by: uuidSchema,
  });
  recordSchemas.set(entity, made);
  return made;
}

/** What a POST takes: the entity's fields, and those that are never given out. */
export function newRecordSchema(entity: EntityDefinition): z.ZodObject {
  const hidden = Object.entries(entity.hidden ?? {}).map(([field, { schema }]) => [field, schema.optional()]);
  const shape = Object.entries(entity.fields.shape).filter(
    ([field, schema]) => !isGiven(entity, field, schema),
  );
  return z.strictObject({
    ...withReferences(entity, Object.fromEntries(shape)),
    ...Object.fromEntries(hidden),
  });
}

/** What a PATCH takes: any of the fields; null sets one back to what it is where nobody gave it. */
export function patchSchema(entity: EntityDefinition): z.ZodObject {
  const fields = Object.entries(entity.fields.shape)
    .filter(([field]) => !entity.derived?.includes(field))
    .map(([field, schema]) => [field, patched(schema)]);
  return z.strictObject(withReferences(entity, Object.fromEntries(fields)));
}

/** Whether a field follows from something else from the beginning, so that no POST takes it. */
function isGiven(entity: EntityDefinition, field: string, schema: z.core.SomeType): boolean {
  return entity.derived?.includes(field) === true && schema instanceof z.ZodDefault;
}

function patched(schema: z.core.SomeType): z.core.SomeType {
  if (!(schema instanceof z.ZodDefault)) return z.optional(schema);
  const inner = schema.unwrap();
  return z.optional(inner instanceof z.ZodNullable ? inner : z.nullable(inner));
}

/** What the database gives: `C-2026-00042`. */
function numberedFields(entity: EntityDefinition): Shape {
  const numbered = Object.entries(entity.numbered ?? {});
  return Object.fromEntries(
    numbered.map(([field, prefix]) => [field, z.string().regex(new RegExp(`^${prefix}-\\d{4}-\\d{5,}$`))]),
  );
}

/** Says of each field that refers to another entity where that one is reached. */
function withReferences(entity: EntityDefinition, shape: Readonly<Shape>): Shape {
  const referring = Object.entries(entity.references ?? {}).flatMap(([field, referred]) => {
    const schema = shape[field];
    const { path } = referred.entity();
    const meta = { description: `Of ${path}.`, 'x-reference': path };
    return schema instanceof z.ZodType ? [[field, schema.meta(meta)]] : [];
  });
  return { ...shape, ...Object.fromEntries(referring) };
}
