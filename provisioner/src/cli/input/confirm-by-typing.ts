import { CliError } from '../cli-error.ts';
import { ask, type Terminal } from './ask.ts';

/** Asks for a word once more: what is typed names what is done. Error: `NOT_CONFIRMED`, also where there is nobody to ask. */
export async function confirmByTyping(
  { name, word }: { readonly name: string; readonly word: string },
  terminal: Terminal = { input: process.stdin, output: process.stderr },
): Promise<void> {
  if (!terminal.input.isTTY) throw notConfirmed(name, 'There is no terminal to ask at.');
  const typed = await ask(`Type the ${name} again to go on (${word}): `, terminal);
  if (typed.trim() !== word) throw notConfirmed(name, `That is not the ${name}.`);
}

function notConfirmed(name: string, why: string): CliError {
  return new CliError({
    code: 'NOT_CONFIRMED',
    message: `${why} Nothing was done.`,
    next: `Type the ${name} when asked, or add --yes.`,
  });
}
