import type { Command } from 'commander';
import { whenInterrupted } from '../interruption.ts';
import { printJson, printLines } from '../output/print.ts';
import type { View } from './view.ts';
import { WatchLines } from './watch-lines.ts';
import { WatchScreen } from './watch-screen.ts';
import { watchView } from './watch-view.ts';

export interface ShowOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
}

/** Adds what every command takes that only reads. */
export function withShowOptions(command: Command): Command {
  return command
    .option('--watch', 'show it anew every 2 seconds, until Ctrl-C')
    .option('--json', 'print JSON; with --watch a line of it whenever something has changed');
}

/**
 * Shows what there is, as text or as JSON. With `--watch` it goes on: a terminal is redrawn, anything else is given a line of
 * JSON for each change. That ends with Ctrl-C (exit code 130), or with an error that does not pass by itself.
 */
export async function show<Answer>(view: View<Answer>, { json, watch }: ShowOptions): Promise<void> {
  if (watch) {
    const isScreen = process.stdout.isTTY && !json;
    using face = isScreen ? new WatchScreen(view, process.stdout) : new WatchLines(view);
    using _ = whenInterrupted(() => face[Symbol.dispose]());
    await watchView(view, face);
    return;
  }
  const answer = await view.read();
  if (json) printJson(answer);
  else printLines(view.lines(answer));
}
