import { execa } from 'execa';
import { vi } from 'vitest';
import { FREEHOLD_PROGRAM } from './freehold.ts';

export const CTRL_C = '\u0003';
export const CTRL_D = '\u0004';

/** How long a line that is typed may take to say something. */
const PATIENCE_MS = 30_000;

/** A line typed at a real terminal of 24 rows and 100 columns (`script` of util-linux makes it), which shows what is printed. */
export class Terminal {
  readonly #process: ReturnType<typeof open>;
  #seen = '';

  /** `freehold` is the command line of this project. */
  constructor(line: string, dataDir: string) {
    this.#process = open(line, dataDir);
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#seen += text;
    });
  }

  /** Waits until a text stands there as often as is wanted: at least once, where nothing is said. */
  async until(text: string, times = 1): Promise<void> {
    const isThere = () => {
      if (this.#seen.split(text).length <= times) throw new Error(`There is no "${text}" in: ${this.#seen}`);
    };
    await vi.waitFor(isThere, { timeout: PATIENCE_MS, interval: 50 });
  }

  press(keys: string): void {
    this.#process.stdin.write(keys);
  }

  /** All that was shown, once the line has ended. */
  async end(): Promise<string> {
    await this.#process;
    return this.#seen;
  }
}

function open(line: string, dataDir: string) {
  const { PATH = '' } = process.env;
  const typed = `freehold() { '${process.execPath}' '${FREEHOLD_PROGRAM}' "$@"; }; stty rows 24 cols 100; ${line}`;
  return execa('script', ['-qec', typed, '/dev/null'], {
    ...{ stdin: 'pipe', reject: false, extendEnv: false, timeout: PATIENCE_MS },
    env: { PATH, SHELL: '/bin/bash', TERM: 'xterm', FREEHOLD_DATA_DIR: dataDir },
  });
}
