import { createInterface } from 'node:readline/promises';
import { CliError } from '../cli-error.ts';

/** Where the question is asked. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/** Asks for the account's slug once more. Error: `NOT_CONFIRMED`, also where there is nobody to ask. */
export async function confirmSlug(
  slug: string,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<void> {
  if (!input.isTTY) throw notConfirmed('There is no terminal to ask at.');
  const terminal = createInterface({ input, output });
  try {
    const typed = await terminal.question(`Type the slug again to go on (${slug}): `);
    if (typed.trim() !== slug) throw notConfirmed('That is not the slug.');
  } finally {
    terminal.close();
  }
}

function notConfirmed(why: string): CliError {
  return new CliError({
    code: 'NOT_CONFIRMED',
    message: `${why} Nothing was done.`,
    next: 'Type the slug when asked, or add --yes.',
  });
}
