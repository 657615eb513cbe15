import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Where a question is asked. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/** What is typed at the terminal. Ctrl-D is an empty answer; Ctrl-C ends the command, as it does at any other moment. */
export function ask(question: string, { input, output }: Terminal): Promise<string> {
  return answered(createInterface({ input, output }), question, output);
}

/** The same, without showing what is typed. */
export async function askSilently(question: string, { input, output }: Terminal): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input, output: silent, terminal: true });
  // The terminal shows nothing any more from here on.
  output.write(question);
  const text = await answered(terminal, '', output);
  output.write('\n');
  return text;
}

async function answered(
  terminal: Interface,
  question: string,
  output: NodeJS.WritableStream,
): Promise<string> {
  terminal.on('SIGINT', () => {
    terminal.close();
    output.write('\n');
    process.kill(process.pid, 'SIGINT');
  });
  const ended = once(terminal, 'close').then(() => '');
  try {
    return await Promise.race([terminal.question(question), ended]);
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ABORT_ERR') return '';
    throw thrown;
  } finally {
    terminal.close();
  }
}
