import { execa } from 'execa';
import { FREEHOLD_PROGRAM } from './freehold.ts';

/** A command line that goes on until it is interrupted, as it is typed where nobody looks: into a pipe. */
export class RunningCommand {
  readonly #process: ReturnType<typeof start>;
  readonly #lines: AsyncIterator<string>;
  readonly #problems: AsyncIterator<string>;

  constructor(line: string, env: Readonly<Record<string, string>>) {
    this.#process = start(line, env);
    this.#lines = this.#process.iterable()[Symbol.asyncIterator]();
    this.#problems = this.#process.iterable({ from: 'stderr' })[Symbol.asyncIterator]();
  }

  /** The next line of standard output, as JSON. */
  async json(): Promise<unknown> {
    return JSON.parse((await this.#lines.next()).value ?? 'null');
  }

  /** The next line of standard error. */
  async problem(): Promise<string> {
    return (await this.#problems.next()).value ?? '';
  }

  /** Reads no further, as `head` does, and gives its exit code once it has ended. */
  async close(): Promise<number | undefined> {
    this.#process.stdout.destroy();
    return (await this.#process).exitCode;
  }

  /** Ends it as Ctrl-C does, and gives its exit code. */
  async interrupt(): Promise<number | undefined> {
    this.#process.kill('SIGINT');
    return (await this.#process).exitCode;
  }
}

function start(line: string, env: Readonly<Record<string, string>>) {
  const { PATH = '' } = process.env;
  return execa(process.execPath, [FREEHOLD_PROGRAM, ...line.split(' ')], {
    ...{ stdin: 'ignore', reject: false, extendEnv: false },
    env: { PATH, NO_COLOR: '1', ...env },
  });
}
