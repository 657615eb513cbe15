import type { ChangedField } from '../changes/record-change.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** The fields that differ, with both values; a field that is missing counts as null. */
export function changedFields(before: Fields, after: Fields): Record<string, ChangedField> {
  const changed: Record<string, ChangedField> = {};
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const from = before[field] ?? null;
    const to = after[field] ?? null;
    if (JSON.stringify(from) !== JSON.stringify(to)) changed[field] = { from, to };
  }
  return changed;
}
