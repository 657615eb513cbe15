import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { CliError } from './cli-error.ts';

/** What `npm start` leaves for the command line and for tests to find it by. */
export const localInstanceSchema = z.object({
  url: z.url(),
  admin_token: z.string(),
  cloudflare_api_url: z.url(),
  cloudflare_account_id: z.string(),
  cloudflare_api_token: z.string(),
});
export type LocalInstance = z.infer<typeof localInstanceSchema>;

export const DEFAULT_DATA_DIR = '.freehold';

export interface Connection {
  readonly url: string;
  readonly adminToken: string;
}

/**
 * Where the platform is: `FREEHOLD_URL` and `FREEHOLD_ADMIN_TOKEN`, or where neither is set the local instance whose
 * `local.json` lies in `FREEHOLD_DATA_DIR` or in a `.freehold` folder here or above. Error: `NOT_CONNECTED`.
 */
export function findConnection(environment: NodeJS.ProcessEnv, folder: string): Connection {
  const { FREEHOLD_URL, FREEHOLD_ADMIN_TOKEN, FREEHOLD_DATA_DIR } = environment;
  if (FREEHOLD_URL && FREEHOLD_ADMIN_TOKEN) {
    return { url: FREEHOLD_URL.replace(/\/+$/, ''), adminToken: FREEHOLD_ADMIN_TOKEN };
  }
  // Whoever means a platform elsewhere must not be led to the one that happens to be here.
  if (FREEHOLD_URL || FREEHOLD_ADMIN_TOKEN) {
    const [set, missing] = FREEHOLD_URL
      ? ['FREEHOLD_URL', 'FREEHOLD_ADMIN_TOKEN']
      : ['FREEHOLD_ADMIN_TOKEN', 'FREEHOLD_URL'];
    throw new CliError({
      code: 'NOT_CONNECTED',
      message: `${set} is set and ${missing} is not.`,
      next: `Set both, or neither for the platform on this machine.`,
    });
  }
  const folders = FREEHOLD_DATA_DIR ? [resolve(folder, FREEHOLD_DATA_DIR)] : dataFoldersAbove(folder);
  for (const dataDir of folders) {
    const instance = readLocalInstance(dataDir);
    if (instance) return { url: instance.url, adminToken: instance.admin_token };
  }
  throw new CliError({
    code: 'NOT_CONNECTED',
    message: 'No platform was found.',
    next: 'Start one here with `npm start`, or set FREEHOLD_URL and FREEHOLD_ADMIN_TOKEN.',
  });
}

/** The local instance that a data folder tells of, or null where none was ever started there. */
export function readLocalInstance(dataDir: string): LocalInstance | null {
  try {
    return localInstanceSchema.parse(JSON.parse(readFileSync(join(dataDir, 'local.json'), 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function dataFoldersAbove(folder: string): string[] {
  const above = dirname(folder);
  const here = join(folder, DEFAULT_DATA_DIR);
  return above === folder ? [here] : [here, ...dataFoldersAbove(above)];
}
