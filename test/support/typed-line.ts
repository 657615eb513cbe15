import { type Command, CommanderError } from 'commander';
import { freeholdProgram } from '#provisioner/cli/program.ts';

/** Commands that do something, each with the words that lead to it. */
export function leafCommands(command: Command, words: readonly string[] = []): [string, Command][] {
  const inner = command.commands.flatMap((child) => leafCommands(child, [...words, child.name()]));
  return command.commands.length === 0 ? [[words.join(' '), command]] : inner;
}

/** What the command prints with `--help` into a terminal of 80 columns. */
export function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    getOutHelpWidth: () => 80,
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

/**
 * The code of what Commander finds wrong with what stands behind `freehold` in a line; null where it would do it. Nothing is done.
 */
export function mistakeIn(line: string): string | null {
  const program = freeholdProgram();
  for (const [, command] of leafCommands(program)) command.action(() => undefined);
  for (const noun of program.commands) if (noun.name() === 'audit') noun.action(() => undefined);
  try {
    program.parse(wordsOf(line), { from: 'user' });
    return null;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.code;
    throw thrown;
  }
}

/** The words of the command, up to a pipe, a comment or what closes around it. */
function wordsOf(line: string): string[] {
  const words = line.match(/"[^"]*"|'[^']*'|(?:<[^>]*>|[^\s"'<])+/g) ?? [];
  const end = words.findIndex((word) => /^[|#;&]/.test(word));
  return (end < 0 ? words : words.slice(0, end)).map((word) => word.replace(/^["']|["')]$/g, ''));
}
