import type { z } from 'zod';
import type { Role } from '#shared-schema/control/control-calls.ts';
import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import type { FieldProblem } from '#shared-schema/errors/platform-error.ts';
import { choicesOf } from '#shared-schema/lists/choices.ts';
import type { ColumnType, ListDefinition } from '#shared-schema/lists/list-definition.ts';
import type { Condition } from '../database/condition.ts';
import type { Sql } from '../database/sql.ts';
import type { Actor } from '../http/call.ts';
import type { UserRoute } from '../http/routes.ts';
import type { Fields } from '../records/changed-fields.ts';

export type Action = 'read' | 'create' | 'update' | 'delete';

/** A write of one record, as an entity's own rules see it. `after` is null for a deletion. */
export interface RecordWrite {
  readonly actor: Actor;
  readonly action: Exclude<Action, 'read'>;
  readonly id: string;
  readonly after: Fields | null;
  readonly now: number;
}

/** A field that is taken at creation, turned into something else, kept in its own column, and never given out. */
export interface HiddenField {
  readonly schema: z.ZodType<string>;
  readonly column: string;
  readonly toColumn: (value: string) => Promise<string>;
}

/**
 * A field that holds the id, or a list of ids, of another entity's records, and what becomes of the record when the
 * other one is deleted: the deletion is refused, the field is cleared (the id taken out of the list), or the record is
 * deleted together with it.
 */
export interface Reference {
  readonly entity: () => EntityDefinition;
  readonly onDelete: 'refuse' | 'clear' | 'delete';
}

/** Fields whose values together no two records share, and the error that says so. */
export interface UniqueFields {
  readonly fields: readonly string[];
  readonly error: ErrorCode;
}

/**
 * All that makes an entity: its routes, validation, storage, list, permissions and change entries come from this. Its
 * table has the columns that `clients` has up to `deleted_at`, a column that is never null for each indexed field, and
 * the index on (field, id) of what is not deleted; (filter, sort, id) for what is `combined`.
 */
export interface EntityDefinition {
  /** One of it, as the change log calls it: `client`. */
  readonly name: string;
  /** Where it is reached: `/clients`. */
  readonly path: string;
  readonly table: string;
  /** The fields of its body, strict. A field with a default may be left out or null; `null` stands for "nothing". */
  readonly fields: z.ZodObject;
  /** What the fields must be to one another. */
  readonly check?: (fields: Fields) => readonly FieldProblem[];
  /** Body fields that a list filters and sorts by. Creation and change times are always among them. */
  readonly indexed: Readonly<Record<string, ColumnType>>;
  /** Filters and sorts that are asked for together often enough for an index of their own. */
  readonly combined?: ListDefinition['combined'];
  /** Body fields that hold a list; the entity's list filters by what it contains. */
  readonly contains?: readonly string[];
  /** Body fields whose words `q` searches. */
  readonly searched?: readonly string[];
  /** Each is `indexed` or among `contains`, so that a deletion finds who refers to the record. */
  readonly references?: Readonly<Record<string, Reference>>;
  readonly unique?: readonly UniqueFields[];
  /** Fields that the database gives at creation, with their prefix: `C` makes `C-2026-00042`. Nobody writes them. */
  readonly numbered?: Readonly<Record<string, string>>;
  /** Time fields that, where a write does not send them, are filled by its time while this holds and else cleared. */
  readonly stamped?: Readonly<Record<string, (fields: Fields) => boolean>>;
  readonly permissions: Readonly<Record<Role, readonly Action[]>>;
  /** A good body of a POST, for the document: needed where `check` asks for more than `fields` can say. */
  readonly example?: Fields;
  readonly hidden?: Readonly<Record<string, HiddenField>>;
  /** Fields of the body that no PATCH changes: they follow from something else. */
  readonly derived?: readonly string[];
  /** In place of the usual creation, where more is written than the record. */
  readonly create?: Partial<UserRoute> & Pick<UserRoute, 'handler'>;
  /** What else must hold inside the database. May throw where the request alone decides. */
  readonly rules?: (write: RecordWrite) => readonly Condition[];
  /** What the rules answer besides `FORBIDDEN`, for the document. */
  readonly ruleErrors?: Readonly<Partial<Record<Exclude<Action, 'read'>, readonly ErrorCode[]>>>;
  /** What else is done in the same batch, each only where `happened` holds. */
  readonly effects?: (write: RecordWrite, happened: Sql) => readonly Sql[];
}

const TRACKING_INDEXED = { created_at: 'integer', updated_at: 'integer' } as const;

/** What is selected of a record, as `toRecord` reads it. */
export const RECORD_COLUMNS = [
  'id',
  'body',
  'version',
  'account_id',
  'created_at',
  'created_by',
  'updated_at',
  'updated_by',
];

/** What the entity's list offers. */
export function entityList(entity: EntityDefinition): ListDefinition {
  return {
    table: entity.table,
    columns: [...RECORD_COLUMNS, ...Object.keys(entity.indexed)],
    where: 'deleted_at IS NULL',
    indexed: { ...entity.indexed, ...TRACKING_INDEXED },
    choices: choicesOf(entity.fields.shape),
    combined: entity.combined ?? [],
    entries: {
      table: 'index_entries',
      entity: entity.name,
      contains: entity.contains ?? [],
      searched: entity.searched !== undefined,
    },
    fields: [
      ...RECORD_COLUMNS.filter((column) => column !== 'body'),
      ...Object.keys(entity.numbered ?? {}),
      ...Object.keys(entity.fields.shape),
    ],
  };
}
