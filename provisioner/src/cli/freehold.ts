import { Command, CommanderError } from 'commander';
import { accountsCommands } from './commands/accounts.ts';
import { operationsCommands } from './commands/operations.ts';
import { providersCommands } from './commands/providers.ts';
import { releasesCommands } from './commands/releases.ts';
import { startCommand } from './commands/start.ts';
import { printError } from './output/print-error.ts';

const program = new Command('freehold')
  .description('Every customer account owns its own Worker and its own database.')
  .showHelpAfterError('(add --help to see what it takes)')
  .exitOverride()
  .addCommand(startCommand())
  .addCommand(accountsCommands())
  .addCommand(operationsCommands())
  .addCommand(providersCommands())
  .addCommand(releasesCommands());

try {
  await program.parseAsync();
} catch (thrown) {
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode;
  else {
    printError(thrown, process.argv.includes('--json'));
    process.exitCode = 1;
  }
}
