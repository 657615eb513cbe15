import { readFile } from 'node:fs/promises';
import { type ReleaseBundle, releaseBundleSchema } from '#shared-schema/releases/release.ts';
import { CliError } from '../cli-error.ts';

/** The bundle that `freehold releases build` wrote. Error: `RELEASE_FILE_INVALID`. */
export async function readReleaseFile(path: string): Promise<ReleaseBundle> {
  try {
    return releaseBundleSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new CliError({
      code: 'RELEASE_FILE_INVALID',
      message: isMissing ? `There is no file ${path}.` : `${path} is not a release.`,
      next: 'Build one: freehold releases build',
      cause,
    });
  }
}
