import { setTimeout as delay } from 'node:timers/promises';

/** Runs the `scheduled` handler of a Worker for one cron expression. Rejects when the handler failed. */
export type RunScheduled = (workerName: string, cron: string) => Promise<void>;

/**
 * Runs the crons of each Worker once now and then every `everyMs`, one after another and never beside themselves. Each
 * time it runs those that `crons` names then. A failed run is written to stderr and the next one is made all the same.
 */
export function runCrons(
  crons: Map<string, string[]>,
  everyMs: number,
  run: RunScheduled,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loops = [...crons.keys()].map(async (workerName) => {
    while (!stopping.signal.aborted) {
      for (const cron of crons.get(workerName) ?? []) await runOnce(workerName, cron, run, stopping.signal);
      await delay(everyMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  });
  return {
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

async function runOnce(
  workerName: string,
  cron: string,
  run: RunScheduled,
  stopping: AbortSignal,
): Promise<void> {
  try {
    if (!stopping.aborted) await run(workerName, cron);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!stopping.aborted)
      process.stderr.write(`local-cloud: cron "${cron}" of ${workerName} failed: ${reason}\n`);
  }
}
