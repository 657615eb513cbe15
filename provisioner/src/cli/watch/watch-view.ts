import { setTimeout } from 'node:timers/promises';
import { CliError } from '../cli-error.ts';
import type { View } from './view.ts';

export const WATCH_EVERY_MS = 2_000;

/** Where a watched view is shown. */
export interface WatchFace<Answer> extends Disposable {
  show(answer: Answer): void;
  /** The platform is away for the moment. */
  showAway(error: CliError): void;
}

/**
 * Reads again and again, every 2 seconds. A platform that is away for a moment is waited for; one that does not answer the first
 * time is an error, as are all errors that do not pass by themselves.
 */
export async function watchView<Answer>(
  { read }: Pick<View<Answer>, 'read'>,
  face: WatchFace<Answer>,
  wait: (milliseconds: number) => Promise<unknown> = setTimeout,
): Promise<never> {
  face.show(await read());
  for (;;) {
    await wait(WATCH_EVERY_MS);
    try {
      face.show(await read());
    } catch (thrown) {
      if (!(thrown instanceof CliError) || !thrown.retryable) throw thrown;
      face.showAway(thrown);
    }
  }
}
