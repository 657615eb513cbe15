import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

const FILE = 'database-slots.json';
const fileSchema = z.object({ slots: z.number().int().min(0) });

/** How many slots a data folder was last declared with; 0 for a new one. */
export async function readSlotCount(dataDir: string): Promise<number> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(join(dataDir, FILE), 'utf8'))).slots;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw new Error(`${join(dataDir, FILE)} cannot be read.`, { cause: error });
  }
}

/** Records the number of slots before any of them can be used, in one step. */
export async function writeSlotCount(dataDir: string, slots: number): Promise<void> {
  const path = join(dataDir, FILE);
  await writeFile(`${path}.new`, JSON.stringify({ slots }));
  await rename(`${path}.new`, path);
}

/**
 * How many slots to declare so that `spare` are free. Where too few are, twice as many are made free, so that a data
 * folder that grows does not start twice every time.
 */
export function neededSlots(declared: number, used: number, spare: number): number {
  return declared - used >= spare ? declared : used + 2 * spare;
}
