import { PlatformError, validationFailed } from '#shared-schema/errors/platform-error.ts';
import type { Condition } from '../database/condition.ts';
import { identifier, join, sql } from '../database/sql.ts';
import type { EntityDefinition } from '../entities/entity.ts';
import type { Fields } from './changed-fields.ts';

/** The record is there. Error: `RECORD_NOT_FOUND`. */
export function recordExists(entity: EntityDefinition, id: string): Condition {
  return {
    holds: sql`EXISTS (SELECT 1 FROM ${identifier(entity.table)} WHERE id = ${id} AND deleted_at IS NULL)`,
    error: () => new PlatformError('RECORD_NOT_FOUND'),
  };
}

/** The record is still what was read. Error: `VERSION_MISMATCH` with the `version` that it has. */
export function versionIs(entity: EntityDefinition, id: string, version: number): Condition {
  const current = sql`SELECT version FROM ${identifier(entity.table)} WHERE id = ${id}`;
  return { holds: sql`(${current}) = ${version}`, detail: current, error: versionMismatch };
}

export function versionMismatch(version: unknown): PlatformError {
  return new PlatformError('VERSION_MISMATCH', { context: { version } });
}

/** Each record that the fields refer to is there. Error: `VALIDATION_FAILED` with the field. */
export function referencesExist(entity: EntityDefinition, fields: Fields): Condition[] {
  return Object.entries(entity.references ?? {}).flatMap(([field, reference]) => {
    const ids = [fields[field] ?? []].flat();
    if (ids.length === 0) return [];
    const { name, table } = reference.entity();
    return [
      {
        holds: sql`NOT EXISTS (SELECT 1 FROM json_each(${JSON.stringify(ids)}) AS reference WHERE NOT EXISTS
          (SELECT 1 FROM ${identifier(table)} WHERE id = reference.value AND deleted_at IS NULL))`,
        error: () => validationFailed({ field, message: `There is no such ${name}.` }),
      },
    ];
  });
}

/**
 * No other record has the same values in unique fields of which one was `touched`. Error: the one that the entity
 * names, with the fields.
 */
export function uniqueFieldsAreFree(
  entity: EntityDefinition,
  record: { readonly id: string; readonly fields: Fields; readonly touched: Fields },
): Condition[] {
  return (entity.unique ?? []).flatMap(({ fields, error }) => {
    if (!fields.some((field) => Object.hasOwn(record.touched, field))) return [];
    const same = fields.map((field) => sql`${identifier(field)} = ${String(record.fields[field])}`);
    return [
      {
        holds: sql`NOT EXISTS (SELECT 1 FROM ${identifier(entity.table)}
          WHERE ${join(same, ' AND ')} AND deleted_at IS NULL AND id <> ${record.id})`,
        error: () => new PlatformError(error, { context: { field: fields.join(', ') } }),
      },
    ];
  });
}
