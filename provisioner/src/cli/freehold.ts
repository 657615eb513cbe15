import { CommanderError } from 'commander';
import { CliError } from './cli-error.ts';
import { printError } from './output/print-error.ts';
import { freeholdProgram } from './program.ts';

try {
  await freeholdProgram().parseAsync();
} catch (thrown) {
  process.exitCode = thrown instanceof CommanderError ? thrown.exitCode : 1;
  if (!isHelp(thrown)) {
    printError(thrown instanceof CommanderError ? mistake(thrown) : thrown, process.argv.includes('--json'));
  }
}

/** Help was printed: asked for, or because a noun came without a verb. */
function isHelp(thrown: unknown): boolean {
  return (
    thrown instanceof CommanderError && ['commander.help', 'commander.helpDisplayed'].includes(thrown.code)
  );
}

function mistake({ message }: CommanderError): CliError {
  return new CliError({
    code: 'USAGE',
    message: message.replace(/^error: /, ''),
    next: 'Add --help to see what the command takes.',
  });
}
