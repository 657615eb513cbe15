import { expect, test } from 'vitest';
import { CliError } from '../cli-error.ts';
import { WatchScreen } from './watch-screen.ts';

const NOON = Date.UTC(2026, 10, 21, 12);
const [ENTER, LEAVE] = ['\u001b[?1049h', '\u001b[?1049l'];

/** A screen of so many rows, with what was written to it by each call. */
function watching(rows = 24, columns = 80) {
  const written: string[] = [];
  const screen = { rows, columns, write: (text: string) => written.push(text) };
  const watch = new WatchScreen<readonly string[]>({ lines: (lines) => lines }, screen, () => NOON);
  return { watch, written };
}

/** What stands on the screen after such a text. */
function rowsOf(text = ''): string[] {
  return text
    .split('\u001b[2K')
    .slice(1)
    .map((row) => row.replace('\u001b[J', '').replace('\n', ''));
}

test('draws on the other screen, from its top', () => {
  const { watch, written } = watching();
  watch.show(['SLUG', 'hart']);
  watch.show(['SLUG']);
  expect(written.map(rowsOf)).toEqual([
    ['12:00:00 UTC, every 2 s, Ctrl-C ends', '', 'SLUG', 'hart'],
    ['12:00:00 UTC, every 2 s, Ctrl-C ends', '', 'SLUG'],
  ]);
  expect(written.map((text) => [text.startsWith(`${ENTER}\u001b[H`), text.endsWith('\u001b[J')])).toEqual([
    [true, true],
    [false, true],
  ]);
});

test('leaves that screen when it is over, once, and what was shown last stays', () => {
  const { watch, written } = watching();
  watch.show(['SLUG', 'hart']);
  watch[Symbol.dispose]();
  watch[Symbol.dispose]();
  expect(written.slice(1)).toEqual([`${LEAVE}SLUG\nhart\n`]);
});

test('writes nothing where nothing was shown', () => {
  const { watch, written } = watching();
  watch[Symbol.dispose]();
  expect(written).toEqual([]);
});

test('says that the platform is away, above what was so before', () => {
  const { watch, written } = watching();
  watch.show(['hart']);
  watch.showAway(new CliError({ code: 'NOT_REACHED', message: 'It does not answer.' }));
  expect(rowsOf(written[1])).toEqual([
    '12:00:00 UTC, NOT_REACHED, trying again; below is what was so at 12:00:00',
    '',
    'hart',
  ]);
});

test('never draws past the last row or column, so that nothing scrolls', () => {
  const { watch, written } = watching(6, 20);
  watch.show(['x'.repeat(30), 'two', 'three', 'four']);
  expect(rowsOf(written[0])).toEqual([
    '12:00:00 UTC, every ',
    '',
    'x'.repeat(20),
    'two',
    '… 2 more lines: narr',
  ]);
});
