import { Command } from 'commander';
import type { Fleet } from '#shared-schema/rollouts/fleet.ts';
import type { Rollout, RolloutProgress } from '#shared-schema/rollouts/rollout.ts';
import { connect } from '../connect.ts';
import { confirmByTyping } from '../input/confirm-by-typing.ts';
import { fleetLines, printRollout, rolloutLines } from '../output/print-rollout.ts';
import { type ShowOptions, show, withShowOptions } from '../watch/show.ts';
import { quiesceRollout, watchRollout } from '../watch-rollout.ts';
import { examples } from './examples.ts';
import { type ListOptions, showList, withListOptions } from './list-options.ts';
import { planCommand } from './rollout-plan.ts';

const COLUMNS = ['id', 'status', 'wave', 'release_id', 'created_at', 'finished_at'];
const TARGET_COLUMNS = ['slug', 'wave', 'status', 'step', 'error', 'operation_id', 'stack_id'];

export function rolloutsCommands(): Command {
  return new Command('rollouts')
    .description('releases going out to the accounts that are there')
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
    .addHelpText('after', examples(`freehold rollouts ${verb} <id>`))
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
    .addHelpText('after', '\nTo look without carrying it on: freehold rollouts status <id> --watch')
    .addHelpText('after', examples('freehold rollouts watch <id>'))
    .action(async (id: string, options: { json?: boolean }) =>
      printRollout(await watchRollout(connect(), id, options), options),
    );
}

function pauseCommand(): Command {
  return new Command('pause')
    .description('begin nothing more; what is at work on a stack goes on to its end')
    .argument('<id>')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('freehold rollouts pause <id>'))
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
    .addHelpText('after', examples('freehold rollouts abort <id>'))
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
    .addHelpText('after', examples('freehold rollouts rollback <id>'))
    .action(async (id: string, options: ConfirmedOptions) => {
      await confirmRelease(id, options);
      const platform = connect();
      await quiesceRollout(platform, id, options);
      const begun = await platform.post<RolloutProgress>(pathOf(id, 'rollback'), {});
      printRollout(options.wait ? await watchRollout(platform, begun.id, options) : begun, options);
    });
}

function statusCommand(): Command {
  const command = new Command('status').description(
    'the state of the fleet on one screen; with a rollout, how far that one has come',
  );
  return withShowOptions(command)
    .argument('[id]')
    .addHelpText(
      'after',
      examples(
        'freehold rollouts status --watch',
        'freehold rollouts status <id>',
        'freehold rollouts targets <id> --filter status=failed   # which ones failed',
      ),
    )
    .action((id: string | undefined, options: ShowOptions) => {
      const platform = connect();
      if (id === undefined) {
        return show({ read: () => platform.get<Fleet>('/admin/fleet'), lines: fleetLines }, options);
      }
      const read = () => platform.get<RolloutProgress>(pathOf(id));
      // The earliest end lies ahead of each moment at which it is asked for.
      const essence = ({ earliest_end_at: _, ...rest }: RolloutProgress) => rest;
      return show({ read, lines: rolloutLines, essence }, options);
    });
}

function listCommand(): Command {
  const command = new Command('list').description('list rollouts, the newest first');
  return withListOptions(command, { sort: '-created_at' })
    .addHelpText('after', examples('freehold rollouts list --filter status=paused'))
    .action((options: ListOptions) => showList('/admin/rollouts', COLUMNS, options));
}

function targetsCommand(): Command {
  return withListOptions(
    new Command('targets').description('list the stacks of a rollout, each with what became of it'),
  )
    .argument('<id>')
    .addHelpText('after', examples('freehold rollouts targets <id> --filter status=failed'))
    .action((id: string, options: ListOptions) => showList(pathOf(id, 'targets'), TARGET_COLUMNS, options));
}

async function confirmRelease(id: string, { yes }: ConfirmedOptions): Promise<void> {
  const { release_id } = await connect().get<Rollout>(pathOf(id));
  if (!yes) await confirmByTyping({ name: 'release', word: release_id });
}

function pathOf(id: string, action?: string): string {
  return `/admin/rollouts/${encodeURIComponent(id)}${action === undefined ? '' : `/${action}`}`;
}
