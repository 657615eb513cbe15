import * as z from 'zod';
import type { FieldProblem } from '#shared-schema/errors/platform-error.ts';
import { nameSchema } from '#shared-schema/fields/fields.ts';
import type { Fields } from '../records/changed-fields.ts';

/** A field that may be left out, and is then null. */
export const optional = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().default(null);

export const dateSchema = z.iso.date('A date is YYYY-MM-DD.');
export const phoneSchema = z.string().trim().max(40, 'A phone number has at most 40 characters.');
/** What a case or a task is about, in a line. */
export const titleSchema = z
  .string()
  .trim()
  .min(1, 'A title has at least one character.')
  .max(300, 'A title has at most 300 characters.');

/** The fields of a person's name; {@link personHasAName} asks for one of them. */
export const personName = { first_name: optional(nameSchema), last_name: optional(nameSchema) };

export function personHasAName(person: Fields): FieldProblem[] {
  if (person.first_name !== null || person.last_name !== null) return [];
  return [{ field: 'last_name', message: 'A person has a first_name or a last_name.' }];
}
