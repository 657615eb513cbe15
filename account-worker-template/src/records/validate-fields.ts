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

/** The same for a new record, with its hidden fields apart. */
export function validateNewFields(
  entity: EntityDefinition,
  input: Fields,
): { fields: Fields; hidden: Fields } {
  const hiddenFields = Object.entries(entity.hidden ?? {});
  const optional = hiddenFields.map(([field, { schema }]) => [field, schema.optional()] as const);
  const all: Fields = validate(entity.fields.extend(Object.fromEntries(optional)), withoutNulls(input));
  const isHidden = ([field]: [string, unknown]) => Object.hasOwn(entity.hidden ?? {}, field);
  const entries = Object.entries(all);
  const fields = Object.fromEntries(entries.filter((entry) => !isHidden(entry)));
  checkTogether(entity, fields);
  return { fields, hidden: Object.fromEntries(entries.filter(isHidden)) };
}

function withoutNulls(input: Fields): Fields {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}

function checkTogether(entity: EntityDefinition, fields: Fields): void {
  const problems = entity.check?.(fields) ?? [];
  if (problems.length > 0) throw validationFailed(...problems);
}
