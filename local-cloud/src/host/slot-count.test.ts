import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { neededSlots, readSlotCount, writeSlotCount } from './slot-count.ts';
import { temporaryFolder } from './testing/test-cloud.ts';

test('slots stay as they are while enough are free', () => {
  expect(neededSlots(1000, 500, 500)).toBe(1000);
});

test('slots grow past what is needed when too few are free', () => {
  expect(neededSlots(1000, 501, 500)).toBe(1501);
});

test('the count is kept, and is 0 for a new folder', async () => {
  const folder = await temporaryFolder();
  expect(await readSlotCount(folder.path)).toBe(0);
  await writeSlotCount(folder.path, 1501);
  expect(await readSlotCount(folder.path)).toBe(1501);
  await folder.remove();
});

test('a damaged count is reported with its path', async () => {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'database-slots.json');
  await writeFile(path, '{');
  await expect(readSlotCount(folder.path)).rejects.toThrow(`${path} cannot be read.`);
  await folder.remove();
});
