import { Command } from 'commander';
import type { ListPage } from '#shared-schema/lists/list-statement.ts';
import type { Fleet } from '#shared-schema/rollouts/fleet.ts';
import type { Rollout, RolloutProgress, RolloutTarget } from '#shared-schema/rollouts/rollout.ts';
import { connect } from '../connect.ts';
import { confirmByTyping } from '../input/confirm-by-typing.ts';
import { printJson, printPage } from '../output/print.ts';
import { printRollout } from '../output/print-rollout.ts';
import { quiesceRollout, watchRollout } from '../watch-rollout.ts';
import { type ListOptions, listQuery, withListOptions } from './list-options.ts';
import { planCommand } from './rollout-plan.ts';

const TARGET_COLUMNS = ['slug', 'wave', 'status', 'step', 'error', 'operation_id', 'stack_id'];

export function rolloutsCommands(): Command {
  return new Command('rollouts')
    .description('Releases going out to the accounts that are there')
    .addCommand(planCommand())
    .addCommand(watchedCommand('start', 'start a planned rollout'))
    .addCommand(watchCommand())
    .addCommand(pauseCommand())
    .addCommand(watchedCommand('resume', 'go on: what failed is tried again, what is done is not touched'))
    .addCommand(abortCommand())
    .addCommand(rollbackCommand())
    .addCommand(statusCommand())
    .addCommand(listCommand())
    .addCommand(targetsCommand());
}

interface WatchedOptions {
  readonly wait: boolean;
  readonly json?: boolean;
}

interface ConfirmedOptions extends WatchedOptions {
  readonly yes?: boolean;
}

/** A verb that sets a rollout going: it is followed to its end where that is wanted. */
function watchedCommand(verb: 'start' | 'resume', description: string): Command {
  return new Command(verb)
    .description(description)
    .argument('<id>')
    .option('--no-wait', 'return at once: the platform carries it on')
    .option('--json', 'print JSON')
    .action(async (id: string, options: WatchedOptions) => {
      const platform = connect();
      const begun = await platform.post<RolloutProgress>(pathOf(id, verb), {});
      printRollout(options.wait ? await watchRollout(platform, id, options) : begun, options);
    });
}

function watchCommand(): Command {
  return new Command('watch')
    .description('carry a rollout on and follow it, until it pauses or ends')
    .argument('<id>')
    .option('--json', 'print JSON')
    .action(async (id: string, options: { json?: boolean }) =>
      printRollout(await watchRollout(connect(), id, options), options),
    );
}

function pauseCommand(): Command {
  return new Command('pause')
    .description('begin nothing more; what is at work on a stack goes on to its end')
    .argument('<id>')
    .option('--json', 'print JSON')
    .action(async (id: string, options: { json?: boolean }) =>
      printRollout(await connect().post<RolloutProgress>(pathOf(id, 'pause'), {}), options),
    );
}

function abortCommand(): Command {
  return new Command('abort')
    .description('end a rollout where it is; new accounts get the release before it')
    .argument('<id>')
    .option('--yes', 'do not ask for the release again')
    .option('--json', 'print JSON')
    .action(async (id: string, options: ConfirmedOptions) => {
      await confirmRelease(id, options);
      printRollout(await connect().post<RolloutProgress>(pathOf(id, 'abort'), {}), options);
    });
}

function rollbackCommand(): Command {
  return new Command('rollback')
    .description('bring what a rollout changed, and nothing else, to the release it had before')
    .argument('<id>')
    .option('--no-wait', 'return at once: the platform carries it on')
    .option('--yes', 'do not ask for the release again')
    .option('--json', 'print JSON')
    .action(async (id: string, options: ConfirmedOptions) => {
      await confirmRelease(id, options);
      const platform = connect();
      await quiesceRollout(platform, id);
      const begun = await platform.post<RolloutProgress>(pathOf(id, 'rollback'), {});
      printRollout(options.wait ? await watchRollout(platform, begun.id, options) : begun, options);
    });
}

function statusCommand(): Command {
  return new Command('status')
    .description('the state of the fleet on one screen; with a rollout, how far that one has come')
    .argument('[id]')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nThe failed stacks one by one:\n  freehold rollouts targets <id> --filter status=failed',
    )
    .action(async (id: string | undefined, options: { json?: boolean }) => {
      const platform = connect();
      if (id !== undefined) return printRollout(await platform.get<RolloutProgress>(pathOf(id)), options);
      printFleet(await platform.get<Fleet>('/admin/fleet'), options);
    });
}

function printFleet(fleet: Fleet, { json }: { json?: boolean }): void {
  if (json) {
    printJson(fleet);
    return;
  }
  const { current_release_id, releases, failures, rollouts } = fleet;
  console.log(`New accounts get release ${current_release_id ?? '-'}.\n`);
  const section = (title: string, data: readonly object[], columns: readonly string[]) => {
    console.log(title);
    printPage({ data, next_cursor: null }, columns, {});
    console.log('');
  };
  section('Stacks that serve an account:', releases, ['release_id', 'schema_version', 'stacks']);
  section('Failed in the last rollout:', failures, ['stacks', 'step', 'code', 'message']);
  section('The last rollouts:', rollouts, ['id', 'release_id', 'status', 'created_at']);
}

function listCommand(): Command {
  return withListOptions(new Command('list').description('list rollouts'))
    .option('--json', 'print JSON')
    .action(async (options: ListOptions) => {
      const page = await connect().get<ListPage<Rollout>>(`/admin/rollouts${listQuery(options)}`);
      printPage(page, ['id', 'release_id', 'status', 'wave', 'created_at', 'finished_at'], options);
    });
}

function targetsCommand(): Command {
  return withListOptions(
    new Command('targets').description('list the stacks of a rollout, each with what became of it'),
  )
    .argument('<id>')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  freehold rollouts targets <id> --filter status=failed')
    .action(async (id: string, options: ListOptions) => {
      const page = await connect().get<ListPage<RolloutTarget>>(
        `${pathOf(id, 'targets')}${listQuery(options)}`,
      );
      printPage(page, TARGET_COLUMNS, options);
    });
}

async function confirmRelease(id: string, { yes }: ConfirmedOptions): Promise<void> {
  const { release_id } = await connect().get<Rollout>(pathOf(id));
  if (!yes) await confirmByTyping({ name: 'release', word: release_id });
}

function pathOf(id: string, action?: string): string {
  return `/admin/rollouts/${encodeURIComponent(id)}${action === undefined ? '' : `/${action}`}`;
}
