import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PROJECT_DIR } from '#provisioner/cli/build/build-worker.ts';
import { type LocalInstance, readLocalInstance } from '#provisioner/cli/connection.ts';

const PROGRAM = join(PROJECT_DIR, 'provisioner/src/cli/freehold.ts');

/** A platform in processes of its own, as `npm start` runs it, which can be killed like any other. */
export class ChildPlatform {
  readonly instance: LocalInstance;
  /** From the start of the process until it said that it is serving. */
  readonly startedInMs: number;
  readonly #process: ChildProcess;

  private constructor(instance: LocalInstance, startedInMs: number, child: ChildProcess) {
    this.instance = instance;
    this.startedInMs = startedInMs;
    this.#process = child;
  }

  static async start(dataDir: string, port: number): Promise<ChildPlatform> {
    const began = performance.now();
    const child = spawn(process.execPath, [PROGRAM, 'start'], {
      env: { ...process.env, FREEHOLD_DATA_DIR: dataDir, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, with the runtime that it starts: one signal ends both.
      detached: true,
    });
    const complaints = text(child.stderr);
    const ended = once(child, 'exit').then(async ([code]) => {
      throw new Error(`The platform ended with ${code} before it served:\n${await complaints}`);
    });
    const serving = (async () => {
      for await (const chunk of child.stdout) if (String(chunk).includes('Freehold is serving.')) return;
      await ended;
    })();
    await Promise.race([serving, ended]);
    ended.catch(() => undefined);
    child.stdout.resume();
    const instance = readLocalInstance(dataDir);
    if (!instance) throw new Error('The platform serves and left no local.json.');
    return new ChildPlatform(instance, performance.now() - began, child);
  }

  /** Ends the host and the runtime in one moment, in the middle of whatever they do. */
  async kill(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#process;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    process.kill(-pid, 'SIGKILL');
    await exited;
  }
}
