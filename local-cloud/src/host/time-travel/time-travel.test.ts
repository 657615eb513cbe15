import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../testing/test-cloud.ts';
import { databaseFile } from './database-file.ts';
import { TimeTravel } from './time-travel.ts';

const DATABASE = 'a-database';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let timeTravel: TimeTravel;
let now: number;

beforeEach(async () => {
  folder = await temporaryFolder();
  now = 1000;
  timeTravel = new TimeTravel(folder.path, () => now);
  await timeTravel.track(DATABASE, 'slot-0');
});
afterEach(async () => {
  await timeTravel.stop();
  await folder.remove();
});

function openPlace(place: string): DatabaseSync {
  const file = databaseFile(folder.path, place);
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS t (a)');
  return database;
}

function rowsOf(place: string): unknown[] {
  const database = openPlace(place);
  const rows = database.prepare('SELECT a FROM t').all();
  database.close();
  return rows.map(({ a }) => a);
}

test('what was written between the two halves of a restore is in the previous bookmark', async () => {
  const live = openPlace('slot-0');
  const bookmark = await timeTravel.bookmark(DATABASE);
  await timeTravel.prepareRestore(DATABASE, 'slot-1', { bookmark });
  live.exec('INSERT INTO t VALUES (1)');
  const { previousBookmark } = await timeTravel.moved(DATABASE, 'slot-1');
  live.close();
  expect(rowsOf('slot-1')).toEqual([]);
  await timeTravel.prepareRestore(DATABASE, 'slot-2', { bookmark: previousBookmark });
  expect(rowsOf('slot-2')).toEqual([1]);
});

test('session bookmarks leave room for those that requests in flight are still given', async () => {
  const live = openPlace('slot-0');
  live.exec('CREATE TABLE _cf_METADATA (key INTEGER PRIMARY KEY, value BLOB)');
  live.exec('INSERT INTO _cf_METADATA VALUES (2, 5)');
  const bookmark = await timeTravel.bookmark(DATABASE);
  await timeTravel.prepareRestore(DATABASE, 'slot-1', { bookmark });
  live.close();
  const restored = openPlace('slot-1');
  const row = restored.prepare('SELECT value FROM _cf_METADATA WHERE key = 2').get();
  restored.close();
  expect(row).toEqual({ value: 5 + 0x1000 });
});

test('a time means the last state seen at or before it', async () => {
  const live = openPlace('slot-0');
  const first = await timeTravel.bookmark(DATABASE);
  live.exec('INSERT INTO t VALUES (1)');
  now = 2000;
  const second = await timeTravel.bookmark(DATABASE);
  live.close();
  expect(await timeTravel.bookmark(DATABASE, 1999)).toBe(first);
  expect(await timeTravel.bookmark(DATABASE, 2000)).toBe(second);
  await expect(timeTravel.bookmark(DATABASE, 999)).rejects.toThrow('There is no state of this database');
});

test('nothing is left of the history of a database that is gone', async () => {
  openPlace('slot-0').close();
  const bookmark = await timeTravel.bookmark(DATABASE);
  await timeTravel.trackAll([{ database: 'another', place: 'slot-1' }]);
  expect(existsSync(`${folder.path}/time-travel/${DATABASE}`)).toBe(false);
  await timeTravel.track(DATABASE, 'slot-0');
  await expect(timeTravel.prepareRestore(DATABASE, 'slot-2', { bookmark })).rejects.toThrow('too old');
});
