import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { confirmByTyping } from './confirm-by-typing.ts';

async function type(line: string, isTTY = true) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  input.write(`${line}\n`);
  const asked = text(output);
  try {
    await confirmByTyping({ name: 'slug', word: 'hart' }, { input: Object.assign(input, { isTTY }), output });
  } finally {
    output.end();
  }
  return asked;
}

describe('confirmByTyping', () => {
  it('goes on where the slug is typed', async () => {
    expect(await type('hart')).toBe('Type the slug again to go on (hart): ');
    await type(' hart ');
  });

  it.each(['', 'y', 'yes', 'Hart', 'hart2'])('does nothing where "%s" is typed', async (line) => {
    const message = 'That is not the slug. Nothing was done.';
    await expect(type(line)).rejects.toMatchObject({ code: 'NOT_CONFIRMED', message });
  });

  it('does nothing where nobody can be asked, whatever is piped in', async () => {
    const message = 'There is no terminal to ask at. Nothing was done.';
    await expect(type('hart', false)).rejects.toMatchObject({ code: 'NOT_CONFIRMED', message });
  });
});
