import { expect, test, vi } from 'vitest';
import { runCrons } from './run-crons.ts';

test('crons of one Worker never run beside themselves', async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  const crons = runCrons(new Map([['a', ['1', '2']]]), 0, async () => {
    running += 1;
    runs += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  });
  await vi.waitFor(() => expect(runs).toBeGreaterThan(5));
  await crons.stop();
  expect(most).toBe(1);
  expect(running).toBe(0);
});

test('a failed run is reported and the next one is made', async () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  let runs = 0;
  const crons = runCrons(new Map([['a', ['* * * * *']]]), 0, async () => {
    runs += 1;
    if (runs === 1) throw new Error('first');
  });
  await vi.waitFor(() => expect(runs).toBeGreaterThan(1));
  await crons.stop();
  expect(written.mock.calls.map(([text]) => text)).toEqual([
    'local-cloud: cron "* * * * *" of a failed: first\n',
  ]);
  written.mockRestore();
});

test('nothing runs after a stop', async () => {
  let runs = 0;
  const crons = runCrons(new Map([['a', ['* * * * *']]]), 60_000, async () => {
    runs += 1;
  });
  await crons.stop();
  expect(runs).toBe(1);
});
