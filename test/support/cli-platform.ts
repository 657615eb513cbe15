import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalPlatformOptions } from '#provisioner/cli/local/start-local-platform.ts';
import { type CommandOptions, type CommandOutcome, freehold } from './freehold.ts';
import { startTestPlatform } from './local-platform.ts';

export type CliPlatform = Awaited<ReturnType<typeof startCliPlatform>>;

/** A platform whose state lies in `.freehold` of its own folder, and the command line beside it. */
export async function startCliPlatform(options: Pick<LocalPlatformOptions, 'vars'> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'freehold-cli-'));
  const dataDir = join(folder, '.freehold');
  const platform = await startTestPlatform({ dataDir, ...options });
  return {
    ...platform,
    folder,
    dataDir,
    /** Types `freehold <line>`; words are parted by single spaces. */
    run(line: string, { env, ...options }: CommandOptions = {}): Promise<CommandOutcome> {
      const environment = { FREEHOLD_DATA_DIR: dataDir, ...env };
      return freehold(line === '' ? [] : line.split(' '), { env: environment, ...options });
    },
    async stop(): Promise<void> {
      await platform.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The command that makes an account of this slug. */
export function createCommand(slug: string): string {
  return `accounts create --name Firm-${slug} --slug ${slug} --owner-name Ann --owner-email ann@${slug}.example`;
}
