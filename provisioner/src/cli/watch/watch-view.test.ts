import { expect, test } from 'vitest';
import { CliError } from '../cli-error.ts';
import { WATCH_EVERY_MS, type WatchFace, watchView } from './watch-view.ts';

const AWAY = new CliError({ code: 'NOT_REACHED', message: 'It does not answer.', retryable: true });
const REFUSED = new CliError({ code: 'ADMIN_TOKEN_INVALID', message: 'Another token is needed.' });

/** Watches what is read in turn, until something is thrown that does not pass. */
async function watched(...answers: readonly (string | Error)[]) {
  const seen: string[] = [];
  const waits: number[] = [];
  const left = answers.values();
  const face: WatchFace<string> = {
    show: (answer) => seen.push(answer),
    showAway: ({ code }) => seen.push(code),
    [Symbol.dispose]: () => seen.push('over'),
  };
  const read = async () => {
    const answer = left.next().value ?? REFUSED;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const wait = async (milliseconds: number) => {
    waits.push(milliseconds);
    if (waits.length > 2 * answers.length + 2)
      throw new Error('It goes on past an error that does not pass.');
  };
  const thrown = await watchView({ read }, face, wait).catch((error: unknown) => error);
  return { seen, waits, thrown };
}

test('shows what there is every two seconds, and ends with what does not pass', async () => {
  expect(await watched('one', 'two')).toEqual({
    seen: ['one', 'two'],
    waits: [WATCH_EVERY_MS, WATCH_EVERY_MS],
    thrown: REFUSED,
  });
});

test('says that the platform is away, and goes on when it is back', async () => {
  const { seen } = await watched('one', AWAY, AWAY, 'two');
  expect(seen).toEqual(['one', 'NOT_REACHED', 'NOT_REACHED', 'two']);
});

test('does not begin where the platform is away', async () => {
  expect(await watched(AWAY)).toEqual({ seen: [], waits: [], thrown: AWAY });
});

test('hides no other error', async () => {
  const mistake = new TypeError('A mistake of ours.');
  expect((await watched('one', mistake)).thrown).toBe(mistake);
});
