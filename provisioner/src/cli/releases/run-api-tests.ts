import { execa } from 'execa';
import {
  type ApiTestReport,
  type ApiTestTarget,
  apiTestReportSchema,
} from '#shared-schema/releases/api-tests.ts';

/** The longest that the API tests of a release may take: 2 minutes. */
const API_TESTS_TIMEOUT_MS = 120_000;

export type FailedTest = ApiTestReport['tests'][number] & { readonly error: string };

/**
 * Runs the API tests that a release carries, and names those that failed. They are a program that came with the release: it
 * runs in a process without this one's environment, files and rights, and reaches the network only.
 */
export async function runApiTests(program: string, target: ApiTestTarget): Promise<readonly FailedTest[]> {
  const { stdout, stderr, failed } = await execa(
    process.execPath,
    ['--permission', '--input-type=module', '-', JSON.stringify(target)],
    { input: program, env: {}, extendEnv: false, reject: false, timeout: API_TESTS_TIMEOUT_MS },
  );
  const report = failed ? null : apiTestReportSchema.safeParse(parseJson(stdout)).data;
  if (!report)
    return [{ name: 'the program of the tests', error: stderr.slice(-2000) || 'It did not end well.' }];
  return report.tests.flatMap(({ name, error }) => (error === null ? [] : [{ name, error }]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
