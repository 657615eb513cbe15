import { join, type Sql, sql } from '../database/sql.ts';
import type { EntityDefinition } from '../entities/entity.ts';

/** What the database gives a new record: read with the diagnosis, taken at the end of the same transaction. */
export interface GivenNumbers {
  /** The field's next value: `C-2026-00042`, the year in UTC, at least five digits. */
  readonly values: Readonly<Record<string, Sql>>;
  readonly take: (happened: Sql) => readonly Sql[];
}

export const NO_NUMBERS: GivenNumbers = { values: {}, take: () => [] };

/**
 * The numbers of a record made at `now`. They count up from 1 in each year. A batch is one transaction, so nobody else
 * gets the number that it read; and it takes the number only where it writes, so none is left out.
 */
export function nextNumbers(entity: EntityDefinition, now: number): GivenNumbers {
  const year = new Date(now).getUTCFullYear();
  const fields = Object.entries(entity.numbered ?? {});
  const sequence = (field: string) => `${entity.name}.${field}`;
  const values = fields.map(([field, prefix]) => {
    const last = sql`SELECT last FROM sequences WHERE name = ${sequence(field)} AND year = ${year}`;
    return [field, sql`format('%s-%d-%05d', ${prefix}, ${year}, COALESCE((${last}), 0) + 1)`] as const;
  });
  return {
    values: Object.fromEntries(values),
    take: (happened) =>
      fields.map(
        ([field]) => sql`INSERT INTO sequences (name, year, last) SELECT ${sequence(field)}, ${year}, 1
          WHERE ${happened} ON CONFLICT (name, year) DO UPDATE SET last = last + 1`,
      ),
  };
}

/** The JSON text of an object with the numbers in it; `place` makes of a field's value what stands under its name. */
export function withNumbers(
  object: object,
  { values }: GivenNumbers,
  place: (value: Sql) => Sql = (value) => value,
): Sql {
  const text = sql`${JSON.stringify(object)}`;
  const numbers = Object.entries(values);
  if (numbers.length === 0) return text;
  const places = numbers.map(([field, value]) => sql`${`$.${field}`}, ${place(value)}`);
  return sql`json_set(${text}, ${join(places, ', ')})`;
}
