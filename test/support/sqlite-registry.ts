import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { PROJECT_DIR } from '#provisioner/cli/build/build-worker.ts';

type Row = Record<string, unknown>;

/** One statement of a call: its SQL and what is bound to it. */
interface BoundSql {
  readonly sql: string;
  readonly params: readonly SQLInputValue[];
}

/** Decides when a call on the registry happens, and what becomes of its answer. `run` does it, whole or not at all. */
export type RegistryGate = <Answer>(statements: readonly BoundSql[], run: () => Answer) => Promise<Answer>;

const MIGRATIONS = join(PROJECT_DIR, 'migrations/platform');
const SCHEMA = readdirSync(MIGRATIONS)
  .filter((name) => name.endsWith('.sql'))
  .sort()
  .map((name) => readFileSync(join(MIGRATIONS, name), 'utf8'))
  .join('\n');

/**
 * The registry's real schema in SQLite, in memory, where a test needs thousands of them or hundreds of thousands of
 * calls; D1 is the same SQLite behind a network. What D1 adds, no test with this proves.
 */
export class SqliteRegistry {
  readonly database = new DatabaseSync(':memory:');
  readonly #prepared = new Map<string, StatementSync>();

  constructor() {
    this.database.exec(SCHEMA);
  }

  rows(sql: string, ...params: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...params);
  }

  /** The registry as one driver reaches it. */
  asD1(gate: RegistryGate = async (_, run) => run()): D1Database {
    const statement = (bound: BoundSql) => ({
      ...bound,
      bind: (...params: SQLInputValue[]) => statement({ sql: bound.sql, params }),
      run: () => gate([bound], () => this.#run(bound)),
      all: () => gate([bound], () => this.#run(bound)),
      first: (column?: string) =>
        gate([bound], () => {
          const row = this.#run(bound).results[0];
          return (column === undefined ? row : row?.[column]) ?? null;
        }),
    });
    const registry = {
      prepare: (sql: string) => statement({ sql, params: [] }),
      batch: (statements: BoundSql[]) => gate(statements, () => this.#batch(statements)),
    };
    return registry as unknown as D1Database; // the part of D1 that the provisioner and signup use
  }

  #batch(statements: readonly BoundSql[]) {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const results = statements.map((statement) => this.#run(statement));
      this.database.exec('COMMIT');
      return results;
    } catch (thrown) {
      this.database.exec('ROLLBACK');
      throw thrown;
    }
  }

  #run({ sql, params }: BoundSql): { results: Row[] } {
    return { results: this.#prepare(sql).all(...params) };
  }

  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known) return known;
    const made = this.database.prepare(sql);
    this.#prepared.set(sql, made);
    return made;
  }
}
