import { Command } from 'commander';
import type { DistributedKeys, ListedKey } from '#shared-schema/tokens/signing-key.ts';
import { CliError } from '../cli-error.ts';
import { connect } from '../connect.ts';
import { pageLines, printPage, printRecord } from '../output/print.ts';
import { type ShowOptions, show, withShowOptions } from '../watch/show.ts';
import { examples } from './examples.ts';

const COLUMNS = ['id', 'role', 'since', 'stacks'];

interface Keys {
  readonly data: ListedKey[];
}

interface JsonOption {
  readonly json?: boolean;
}

export function keysCommands(): Command {
  return new Command('keys')
    .description('the keys that sign tokens')
    .addCommand(listCommand())
    .addCommand(rotateCommand())
    .addCommand(distributeCommand());
}

function listCommand(): Command {
  const command = new Command('list').description(
    'show the keys, what each is for, and how many stacks know it',
  );
  return withShowOptions(command)
    .addHelpText('after', examples('freehold keys list'))
    .action(async (options: ShowOptions) => {
      const platform = connect();
      const read = async () => asPage(await platform.get<Keys>('/admin/keys'));
      await show({ read, lines: (page) => pageLines(page, COLUMNS) }, options);
    });
}

function rotateCommand(): Command {
  return new Command('rotate')
    .description('sign with the next key from now on, and make another next one')
    .option('--leaked', 'what the present key signed is refused at once: everybody refreshes their session')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nA platform of `npm start` takes its keys when it starts: restart it.')
    .addHelpText('after', examples('freehold keys rotate'))
    .action(async ({ leaked = false, ...options }: JsonOption & { leaked?: boolean }) => {
      const keys = await connect().post<Keys>('/admin/keys/rotate', { leaked });
      printPage(asPage(keys), COLUMNS, options);
      if (!options.json) {
        console.log('\nWith `npm start`, restart it now. Then: freehold keys distribute');
      }
    });
}

function distributeCommand(): Command {
  return new Command('distribute')
    .description('upload the Workers again that do not know the next key')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('freehold keys distribute'))
    .action(async (options: JsonOption) => {
      const platform = connect();
      let uploads = 0;
      let after: string | undefined;
      for (;;) {
        const order = after === undefined ? {} : { after };
        const answer: DistributedKeys = await platform.post('/admin/keys/distribute', order);
        const { operations, next, stacks } = answer;
        uploads += operations.length;
        if (!options.json) process.stderr.write(`  ${uploads} begun, ${stacks} stacks left\n`);
        if (next === null) return finish(uploads, stacks, options);
        after = next;
      }
    });
}

function finish(uploads: number, left: number, options: JsonOption): void {
  if (left === 0) {
    printRecord({ uploads }, options);
    return;
  }
  throw new CliError({
    code: 'KEYS_NOT_EVERYWHERE',
    message: `${left} stacks do not know the next key yet: something else works on them, or their upload waits or failed.`,
    next: 'See what is at work: freehold operations list --sort -created_at. Then type this again.',
    context: { stacks: left },
  });
}

function asPage({ data }: Keys) {
  return { data, next_cursor: null };
}
