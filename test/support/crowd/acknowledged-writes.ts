import type { TestRecord } from '../open-account.ts';

/** Every write that was acknowledged, to be held against what is there afterwards. */
export class AcknowledgedWrites {
  /** Each record as it was last acknowledged. */
  readonly #records = new Map<string, TestRecord>();
  readonly #changes: string[] = [];

  add(entity: string, record: TestRecord): void {
    this.#records.set(record.id, record);
    const { id: entity_id, version, updated_by: actor_id } = record;
    this.#changes.push(changeLine({ entity, entity_id, version, actor_id }));
  }

  /** How the records that are there differ from those acknowledged: nothing, where no write was lost or made up. */
  differencesOf(records: readonly TestRecord[]): string[] {
    const lines = (some: Iterable<TestRecord>) => Array.from(some, (record) => JSON.stringify(record));
    return differences(lines(this.#records.values()), lines(records));
  }

  /** How the change feed differs from one entry for each acknowledged write. */
  differencesOfChanges(changes: readonly ToldChange[]): string[] {
    return differences(this.#changes, changes.map(changeLine));
  }
}

export interface ToldChange {
  readonly entity: string;
  readonly entity_id: string;
  readonly version: number;
  readonly actor_id: string;
}

function changeLine({ entity, entity_id, version, actor_id }: ToldChange): string {
  return `${entity} ${entity_id} version ${version} by ${actor_id}`;
}

/** The lines that one has and the other has not, or has more often. */
function differences(acknowledged: readonly string[], found: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of acknowledged) counts.set(line, (counts.get(line) ?? 0) + 1);
  for (const line of found) counts.set(line, (counts.get(line) ?? 0) - 1);
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([line, count]) => `${count > 0 ? 'lost' : 'not acknowledged'}: ${line}`);
}
