import type { Miniflare } from 'miniflare';
import type { RunScheduled } from './run-crons.ts';

/** Calls the `scheduled` handlers of a runtime's Workers. */
export function runScheduled(miniflare: Miniflare): RunScheduled {
  return async (workerName, cron) => {
    const worker = await miniflare.getWorker(workerName);
    const { outcome } = await worker.scheduled({ cron, scheduledTime: new Date() });
    if (outcome !== 'ok') throw new Error(`the handler ended with the outcome "${outcome}"`);
  };
}
