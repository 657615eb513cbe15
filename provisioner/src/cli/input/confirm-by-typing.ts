import { createInterface } from 'node:readline/promises';
import { CliError } from '../cli-error.ts';

/** Where the question is asked. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/** Asks for a word once more: what is typed names what is done. Error: `NOT_CONFIRMED`, also where there is nobody to ask. */
export async function confirmByTyping(
  { name, word }: { readonly name: string; readonly word: string },
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<void> {
  if (!input.isTTY) throw notConfirmed(name, 'There is no terminal to ask at.');
  const terminal = createInterface({ input, output });
  try {
    const typed = await terminal.question(`Type the ${name} again to go on (${word}): `);
    if (typed.trim() !== word) throw notConfirmed(name, `That is not the ${name}.`);
  } finally {
    terminal.close();
  }
}

function notConfirmed(name: string, why: string): CliError {
  return new CliError({
    code: 'NOT_CONFIRMED',
    message: `${why} Nothing was done.`,
    next: `Type the ${name} when asked, or add --yes.`,
  });
}
