import { setTimeout as delay } from 'node:timers/promises';
import { CliError } from '../cli-error.ts';
import type { BootstrapStep } from './bootstrap-step.ts';

/** How long a deployment is given to be seen at the platform's address: 60 seconds. */
const ANSWER_TIMEOUT_MS = 60_000;
const ANSWER_POLL_MS = 500;

/** The platform answers at its address. Error: `PLATFORM_NOT_REACHED`. */
export const awaitPlatform: BootstrapStep = {
  name: 'address',
  look: async ({ options: { url } }) => ({
    missing: (await problemAt(url)) === null ? [] : [`an answer at ${url}`],
    make: () => untilAnswered(url),
  }),
};

async function untilAnswered(url: string): Promise<void> {
  const deadline = Date.now() + ANSWER_TIMEOUT_MS;
  for (;;) {
    const problem = await problemAt(url);
    if (problem === null) return;
    if (Date.now() > deadline) {
      throw new CliError({
        code: 'PLATFORM_NOT_REACHED',
        message: `${url}/health does not answer as it should: ${problem}.`,
        next: 'The platform is deployed. Set up DNS and certificate as docs/deploy.md says, and run this again.',
      });
    }
    await delay(ANSWER_POLL_MS);
  }
}

/** Null where it answers. */
async function problemAt(url: string): Promise<string | null> {
  try {
    const { ok, status } = await fetch(`${url}/health`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(5_000),
    });
    return ok ? null : `status ${status}`;
  } catch (error) {
    return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  }
}
