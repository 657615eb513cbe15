const TABLE = /^(?:INSERT INTO|CREATE \w+(?: \w+)?) ("(?:[^"]|"")*"|\w+)/i;

/** Where two files begin to differ: the statement's number from 1, and the table it is about, where it names one. */
export interface Difference {
  readonly statement: number;
  readonly table: string | null;
}

/** Compares two files statement by statement, to the first that differs or is missing on one side; null where none does. */
export async function findDifference(
  expected: AsyncGenerator<string>,
  actual: AsyncGenerator<string>,
): Promise<Difference | null> {
  try {
    for (let statement = 1; ; statement += 1) {
      const [one, other] = await Promise.all([expected.next(), actual.next()]);
      if (one.done && other.done) return null;
      if (one.value === other.value) continue;
      const text: string = one.value ?? other.value ?? '';
      return { statement, table: TABLE.exec(text)?.[1] ?? null };
    }
  } finally {
    await Promise.all([expected.return(undefined), actual.return(undefined)]);
  }
}
