import { join } from 'node:path';
import { execa } from 'execa';
import { PROJECT_DIR } from '#provisioner/cli/build/build-worker.ts';

const PROGRAM = 'provisioner/src/cli/freehold.mjs';

export const FREEHOLD_PROGRAM = join(PROJECT_DIR, PROGRAM);

export interface CommandOptions {
  /** What is piped in. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Where the command is typed. */
  readonly cwd?: string;
  /** Whose command it is. Default is this project. */
  readonly project?: string;
}

export interface CommandOutcome {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Types a command line: `freehold accounts get acme`. Only what is given is in its environment. */
export async function freehold(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandOutcome> {
  const { input = '', env = {}, project = PROJECT_DIR, cwd = project } = options;
  const { PATH = '' } = process.env;
  const result = await execa(process.execPath, [join(project, PROGRAM), ...args], {
    ...{ input, cwd, reject: false, extendEnv: false },
    env: { PATH, NO_COLOR: '1', ...env },
  });
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}
