import * as z from 'zod';

/** The values of a field that has one of a few, by its name. */
export type Choices = Readonly<Record<string, readonly string[]>>;

/** The fields of an item that are one of a few texts, whether or not they may be left out or be nothing. */
export function choicesOf(shape: Readonly<Record<string, z.ZodType>>): Choices {
  return Object.fromEntries(
    Object.entries(shape).flatMap(([name, schema]) => {
      const bare = unwrapped(schema);
      return bare instanceof z.ZodEnum ? [[name, bare.options.map(String)]] : [];
    }),
  );
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const isWrapped =
    schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable;
  return isWrapped ? unwrapped(schema.def.innerType) : schema;
}
