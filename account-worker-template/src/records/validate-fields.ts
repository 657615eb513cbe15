import { validationFailed } from '#shared-schema/errors/platform-error.ts';
import { validate } from '#shared-schema/http/json-body.ts';
import type { EntityDefinition } from '../entities/entity.ts';
import type { Fields } from './changed-fields.ts';

/**
 * The fields as they are stored: every field of the entity, `null` read as left out. Error: `VALIDATION_FAILED` with
 * every field that is wrong or unknown.
 */
export function validateFields(entity: EntityDefinition, input: Fields): Fields {
  const fields: Fields = validate(entity.fields, withoutNulls(input));
  checkTogether(entity, fields);
  return fields;
}

/** The fields of a record as a patch leaves them. What the database gave stays, and is not known to a patch. */
export function validatePatch(entity: EntityDefinition, before: Fields, patch: Fields, now: number): Fields {
  const isNumber = ([field]: [string, unknown]) => Object.hasOwn(entity.numbered ?? {}, field);
  const entries = Object.entries(before);
  const own = Object.fromEntries(entries.filter((entry) => !isNumber(entry)));
  const after = withStamps(entity, validateFields(entity, { ...own, ...patch }), { sent: patch, now });
  return { ...Object.fromEntries(entries.filter(isNumber)), ...after };
}

/**
 * The same for a new record, with its hidden fields apart, and null in the place of what the database gives.
 */
export function validateNewFields(
  entity: EntityDefinition,
  input: Fields,
  now: number,
): { fields: Fields; hidden: Fields } {
  const hiddenFields = Object.entries(entity.hidden ?? {});
  const optional = hiddenFields.map(([field, { schema }]) => [field, schema.optional()] as const);
  const all: Fields = validate(entity.fields.extend(Object.fromEntries(optional)), withoutNulls(input));
  const isHidden = ([field]: [string, unknown]) => Object.hasOwn(entity.hidden ?? {}, field);
  const entries = Object.entries(all);
  const fields = Object.fromEntries(entries.filter((entry) => !isHidden(entry)));
  checkTogether(entity, fields);
  const numbers = Object.fromEntries(Object.keys(entity.numbered ?? {}).map((field) => [field, null]));
  return {
    fields: { ...numbers, ...withStamps(entity, fields, { sent: input, now }) },
    hidden: Object.fromEntries(entries.filter(isHidden)),
  };
}

/** The fields with the times that the write itself stands for, where it did not send them. */
function withStamps(
  entity: EntityDefinition,
  fields: Fields,
  { sent, now }: { readonly sent: Fields; readonly now: number },
): Fields {
  const stamps = Object.entries(entity.stamped ?? {})
    .filter(([field]) => !Object.hasOwn(sent, field))
    .map(([field, holds]) => [field, holds(fields) ? (fields[field] ?? now) : null]);
  return { ...fields, ...Object.fromEntries(stamps) };
}

function withoutNulls(input: Fields): Fields {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}

function checkTogether(entity: EntityDefinition, fields: Fields): void {
  const problems = entity.check?.(fields) ?? [];
  if (problems.length > 0) throw validationFailed(...problems);
}
