import { Command } from 'commander';
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

/** Room for descriptions where the terms beside them are long; Commander leaves lines of less than 40 unwrapped. */
const MIN_DESCRIPTION_WIDTH = 30;

const HELP = `
In a checkout it is typed as npx freehold, or as freehold after npm link.

It speaks to the platform that npm start runs here, or to the one that
FREEHOLD_URL and FREEHOLD_ADMIN_TOKEN name. What it is asked for goes to
standard output, progress and errors to standard error. It exits with 0 on
success only; with 130 after Ctrl-C.`;

/** The whole command line. Mistakes in what is typed are thrown, at any level, and not printed. */
export function freeholdProgram(): Command {
  const program = new Command('freehold')
    .description('Every customer account owns its own Worker and its own database.')
    // What stands after a noun is the noun's, and after a verb the verb's: `audit` takes options of its own.
    .enablePositionalOptions()
    .addHelpText('after', HELP)
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
  configure(program);
  return program;
}

function configure(command: Command): void {
  command
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .configureHelp({ minWidthToWrap: MIN_DESCRIPTION_WIDTH, subcommandTerm });
  for (const inner of command.commands) configure(inner);
}

/** Without `[options]`, which nearly all take. */
function subcommandTerm(command: Command): string {
  const names = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? ` <${name}>` : ` [${name}]`;
  });
  return `${command.name()}${names.join('')}`;
}
