import { type FileHandle, open, rm } from 'node:fs/promises';
import { CliError } from '../cli-error.ts';

/** Makes a file that only its owner can read. What lies at the path already is not written over. Error: `FILE_NOT_WRITTEN`. */
export function createFile(path: string): Promise<FileHandle> {
  return explained(path, open(path, 'wx', 0o600));
}

/** Finds out whether {@link createFile} can, before long work whose end it is. Error: `FILE_NOT_WRITTEN`. */
export async function requireNewFile(path: string): Promise<void> {
  await (await createFile(path)).close();
  await rm(path);
}

/** The outcome of writing to the path. Error: `FILE_NOT_WRITTEN`. */
export async function explained<Outcome>(path: string, writing: Promise<Outcome>): Promise<Outcome> {
  try {
    return await writing;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    throw new CliError({
      code: 'FILE_NOT_WRITTEN',
      message: `${path} was not written: ${REASONS[code] ?? String(cause)}.`,
      next: 'Give another path: --output <file>',
      cause,
    });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'you may not write there',
  EEXIST: 'there is a file already',
  EISDIR: 'it is a folder',
  ENOENT: 'its folder is not there',
  ENOTDIR: 'its folder is not there',
};
