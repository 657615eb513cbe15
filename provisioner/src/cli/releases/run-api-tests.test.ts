import { describe, expect, test } from 'vitest';
import { runApiTests } from './run-api-tests.ts';

const TARGET = { url: 'http://127.0.0.1:1', headers: {} };

/** A program that tries one thing, and reports what came of it. */
function trying(statement: string): string {
  return `let error = null;
    try { ${statement} } catch (thrown) { error = thrown.code ?? thrown.message; }
    console.log(JSON.stringify({ tests: [{ name: 'tried', error }] }));`;
}

describe('the program of a release', () => {
  test('is told where the account is, and passes', async () => {
    const program = trying(`if (JSON.parse(process.argv[2]).url !== '${TARGET.url}') throw new Error('no');`);
    expect(await runApiTests(program, TARGET)).toStrictEqual([]);
  });

  test.each([
    ['reads no file', `(await import('node:fs')).readFileSync('/etc/hosts')`],
    ['writes no file', `(await import('node:fs')).writeFileSync('/tmp/freehold-api-tests', '')`],
    ['starts no process', `(await import('node:child_process')).execFileSync(process.execPath)`],
  ])('%s', async (_case, statement) => {
    const failed = await runApiTests(trying(statement), TARGET);
    expect(failed).toStrictEqual([{ name: 'tried', error: 'ERR_ACCESS_DENIED' }]);
  });

  test('sees nothing of the environment', async () => {
    process.env.FREEHOLD_ADMIN_TOKEN = 'secret';
    const program = trying('throw new Error(process.env.FREEHOLD_ADMIN_TOKEN ?? "nothing");');
    expect(await runApiTests(program, TARGET)).toStrictEqual([{ name: 'tried', error: 'nothing' }]);
  });

  test.each([
    ['ends badly', `${trying('')} process.exit(1);`],
    ['reports nothing', ''],
    ['reports no test', 'console.log(JSON.stringify({ tests: [] }));'],
    ['is no program', 'this is none'],
  ])('has failed where it %s', async (_case, program) => {
    expect(await runApiTests(program, TARGET)).toMatchObject([{ name: 'the program of the tests' }]);
  });
});
