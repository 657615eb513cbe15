import { text } from 'node:stream/consumers';
import { CliError } from '../cli-error.ts';
import { askSilently } from './ask.ts';

/**
 * A password that never stands on the command line, where others could read it: from the environment variable, from a
 * pipe, or asked for at the terminal without showing it. Error: `PASSWORD_MISSING`.
 */
export async function readPassword(variable: string, question: string): Promise<string> {
  const password = (process.env[variable] ?? (await read(question))).replace(/\r?\n$/, '');
  if (password !== '') return password;
  throw new CliError({
    code: 'PASSWORD_MISSING',
    message: 'No password was given.',
    next: `Set ${variable}, or pipe the password in.`,
  });
}

function read(question: string): Promise<string> {
  const { stdin: input, stderr: output } = process;
  return input.isTTY ? askSilently(question, { input, output }) : text(input);
}
