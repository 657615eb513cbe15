import { Command, CommanderError } from 'commander';
import { CliError } from './cli-error.ts';
import { accountsCommands } from './commands/accounts.ts';
import { apiBudgetCommands } from './commands/api-budget.ts';
import { auditCommands } from './commands/audit.ts';
import { bootstrapCommand } from './commands/bootstrap.ts';
import { completionCommand } from './commands/completion.ts';
import { keysCommands } from './commands/keys.ts';
import { operationsCommands } from './commands/operations.ts';
import { poolCommands } from './commands/pool.ts';
import { providersCommands } from './commands/providers.ts';
import { releasesCommands } from './commands/releases.ts';
import { rolloutsCommands } from './commands/rollouts.ts';
import { startCommand } from './commands/start.ts';
import { printError } from './output/print-error.ts';

const program = new Command('freehold')
  .description('Every customer account owns its own Worker and its own database.')
  // What stands after a noun is the noun's, and after a verb the verb's: `audit` takes options of its own.
  .enablePositionalOptions()
  .addCommand(startCommand())
  .addCommand(bootstrapCommand())
  .addCommand(accountsCommands())
  .addCommand(operationsCommands())
  .addCommand(poolCommands())
  .addCommand(providersCommands())
  .addCommand(releasesCommands())
  .addCommand(rolloutsCommands())
  .addCommand(keysCommands())
  .addCommand(apiBudgetCommands())
  .addCommand(auditCommands());
program.addCommand(completionCommand(program));

try {
  throwMistakes(program);
  await program.parseAsync();
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

/** Has mistakes in a command line, at any level, thrown and not printed. */
function throwMistakes(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => undefined });
  for (const inner of command.commands) throwMistakes(inner);
}

function mistake({ message }: CommanderError): CliError {
  return new CliError({
    code: 'USAGE',
    message: message.replace(/^error: /, ''),
    next: 'Add --help to see what the command takes.',
  });
}
