import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PROJECT_DIR } from '#provisioner/cli/build/build-worker.ts';
import { freeholdProgram } from '#provisioner/cli/program.ts';
import { helpOf, leafCommands, mistakeIn } from './support/typed-line.ts';

const PROGRAM = freeholdProgram();
const COMMANDS = leafCommands(PROGRAM);
const NOUNS = PROGRAM.commands.map((noun): [string, typeof noun] => [noun.name(), noun]);

describe('help', () => {
  test.each([['freehold', PROGRAM] as const, ...NOUNS, ...COMMANDS])(
    'of %s fits a terminal',
    (_, command) => {
      const wide = helpOf(command)
        .split('\n')
        .filter((line) => line.length > 80);
      expect(wide).toEqual([]);
    },
  );

  test.each(COMMANDS)('of %s gives examples that can be typed', (words, command) => {
    const [, examples = ''] = helpOf(command).split(/\nExamples?:\n/);
    const lines = typedLines(examples);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter((line) => line.startsWith(words)).length).toBeGreaterThan(0);
    expect(lines.map((line) => [line, mistakeIn(line)])).toEqual(lines.map((line) => [line, null]));
  });
});

describe.each(['README.md', 'docs/operations.md', 'docs/deploy.md', 'docs/architecture.md'])('%s', (path) => {
  const text = readFileSync(join(PROJECT_DIR, path), 'utf8');

  test('has commands that can be typed', () => {
    const lines = [...text.matchAll(/^```\w*\n(.*?)^```/gms)].flatMap(([, block = '']) => typedLines(block));
    expect(lines.map((line) => [line, mistakeIn(line)])).toEqual(lines.map((line) => [line, null]));
  });

  test('names only commands and options that there are', () => {
    const named = [...text.matchAll(/`(?:npx )?freehold ([^`]+)`/g)].map(([, line = '']) => line);
    const unknown = named.filter((line) => /unknown|excess|invalid/i.test(mistakeIn(line) ?? ''));
    expect(unknown).toEqual([]);
  });
});

test('what does not exist is found', () => {
  expect(mistakeIn('accounts lst')).toBe('commander.unknownCommand');
  expect(mistakeIn('accounts list --colour')).toBe('commander.unknownOption');
  expect(mistakeIn('accounts get')).toBe('commander.missingArgument');
  expect(mistakeIn('accounts get hart --json  # shows it')).toBeNull();
});

/** What stands behind `freehold` in lines that are typed, also in those that go on behind a backslash. */
function typedLines(text: string): string[] {
  const lines = text.replaceAll(/ \\\n\s*/g, ' ').split('\n');
  return lines.flatMap((line) => /(?:^|[\s(])freehold (\S.*)$/.exec(line)?.[1] ?? []);
}
