import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Has `finish` run where the command is interrupted (Ctrl-C) or told to end, and ends it then, with 128 and the number of the
 * signal: 130 after Ctrl-C, as without. Until it is disposed of.
 */
export function whenInterrupted(finish: () => void): Disposable {
  const end = (signal: (typeof SIGNALS)[number]) => {
    finish();
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of SIGNALS) process.on(signal, end);
  return {
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.off(signal, end);
    },
  };
}
