import { afterEach, expect, test, vi } from 'vitest';
import { CliError } from '../cli-error.ts';
import { WatchLines } from './watch-lines.ts';

const AWAY = new CliError({ code: 'NOT_REACHED', message: 'It does not answer.' });

function written(stream: NodeJS.WriteStream): unknown[] {
  const write = vi.spyOn(stream, 'write').mockReturnValue(true);
  return write.mock.calls;
}

afterEach(() => {
  vi.restoreAllMocks();
});

test('writes a line for what is other than before, and for nothing else', () => {
  const lines = written(process.stdout);
  using watch = new WatchLines<{ status: string; ends_at: number }>({
    essence: ({ ends_at: _, ...rest }) => rest,
  });
  watch.show({ status: 'running', ends_at: 1 });
  watch.show({ status: 'running', ends_at: 2 });
  watch.show({ status: 'paused', ends_at: 3 });
  expect(lines).toEqual([['{"status":"running","ends_at":1}\n'], ['{"status":"paused","ends_at":3}\n']]);
});

test('says once that the platform is away, each time that it goes', () => {
  written(process.stdout);
  const problems = written(process.stderr);
  using watch = new WatchLines<string>({});
  watch.showAway(AWAY);
  watch.showAway(AWAY);
  watch.show('back');
  watch.showAway(AWAY);
  expect(problems.length).toBe(2);
});
