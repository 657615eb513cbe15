import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CliError } from '../cli-error.ts';

/**
 * A password that never stands on the command line, where others could read it: from the environment variable, from a
 * pipe, or asked for at the terminal without showing it. Error: `PASSWORD_MISSING`.
 */
export async function readPassword(variable: string, question: string): Promise<string> {
  const given =
    process.env[variable] ?? (process.stdin.isTTY ? await ask(question) : await text(process.stdin));
  const password = given.replace(/\r?\n$/, '');
  if (password !== '') return password;
  throw new CliError({
    code: 'PASSWORD_MISSING',
    message: 'No password was given.',
    next: `Set ${variable}, or pipe the password in.`,
  });
}

async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
