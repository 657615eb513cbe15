import { constants } from 'node:os';
import type { CliError } from '../cli-error.ts';
import { printError } from '../output/print-error.ts';
import type { View } from './view.ts';
import type { WatchFace } from './watch-view.ts';

/**
 * A line of JSON on standard output for the first answer and each that differs; on standard error that the platform is away.
 * Where nobody reads any more (`| head -1`), the next line ends the command, with 141 as SIGPIPE does.
 */
export class WatchLines<Answer> implements WatchFace<Answer> {
  readonly #essence: (answer: Answer) => unknown;
  #shown: string | null = null;
  #away: string | null = null;

  constructor({ essence = (answer) => answer }: Pick<View<Answer>, 'essence'>) {
    this.#essence = essence;
    process.stdout.on('error', endUnread);
  }

  show(answer: Answer): void {
    this.#away = null;
    const essence = JSON.stringify(this.#essence(answer));
    if (essence === this.#shown) return;
    this.#shown = essence;
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }

  showAway(error: CliError): void {
    if (error.code !== this.#away) printError(error, true);
    this.#away = error.code;
  }

  [Symbol.dispose](): void {
    process.stdout.off('error', endUnread);
  }
}

function endUnread(): never {
  process.exit(128 + constants.signals.SIGPIPE);
}
