import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { ReleaseBundle } from '#shared-schema/releases/release.ts';
import { CliError } from '../cli-error.ts';
import { type FailedTest, runApiTests } from './run-api-tests.ts';
import { startTrialCloud, type TrialAccount } from './trial-cloud.ts';

export interface Predecessor {
  readonly id: string;
  readonly bundle: ReleaseBundle;
}

/**
 * Runs the release for real before it is published: its own API tests on its own schema; and those of the release before
 * it, which fill an account first, then run again once that account's database was brought to the new schema, by the
 * control call that a rollout makes.
 *
 * Errors: `RELEASE_FAILS_ITS_TESTS`, `RELEASE_BREAKS_PREDECESSOR`, with the tests that failed.
 */
export async function tryRelease(
  bundle: ReleaseBundle,
  predecessor: Predecessor | null,
  progress: (message: string) => void,
): Promise<void> {
  await using cloud = await startTrialCloud();
  if (predecessor) {
    progress(`Running the API tests of the current release, ${predecessor.id}, on the new schema …`);
    const account = await cloud.openAccount(predecessor.bundle);
    await tryPredecessor(account, predecessor, { migrations: bundle.migrations, progress });
  }
  progress('Running the API tests of the new release …');
  await tryOnItsOwn(await cloud.openAccount(bundle), bundle);
}

async function tryPredecessor(
  account: TrialAccount,
  { id, bundle }: Predecessor,
  { migrations, progress }: Pick<ReleaseBundle, 'migrations'> & { progress: (message: string) => void },
): Promise<void> {
  const refuse = (failed: readonly FailedTest[], when: string) => {
    if (failed.length === 0) return;
    throw new CliError({
      code: 'RELEASE_BREAKS_PREDECESSOR',
      message: `The current release, ${id}, fails ${when}:\n${list(failed)}`,
      next: 'Change the migrations so that the current release works on them: add first, take away a release later.',
      context: { release_id: id, failed },
    });
  };
  await account.migrate();
  // What these leave behind is what the migrations meet in an account that was in use.
  const before = await runApiTests(bundle.api_tests, await account.logIn());
  if (before.length > 0) progress(`These fail on its own schema already, and do not count:\n${list(before)}`);
  const failedBefore = new Set(before.map(({ name }) => name));
  refuse(await failedMigrations(account, migrations), 'to take the new migrations');
  const after = await runApiTests(bundle.api_tests, await account.logIn());
  refuse(
    after.filter(({ name }) => !failedBefore.has(name)),
    'its own API tests on the new schema',
  );
}

async function failedMigrations(account: TrialAccount, migrations: ReleaseBundle['migrations']) {
  try {
    await account.migrate(migrations);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof PlatformError)) throw thrown;
    return [{ name: String(thrown.context.migration ?? 'migrate'), error: thrown.message }];
  }
}

async function tryOnItsOwn(account: TrialAccount, bundle: ReleaseBundle): Promise<void> {
  const applied = await account.migrate();
  const declared = bundle.migrations.map(({ name }) => name);
  const failed =
    applied.join() === declared.join()
      ? await runApiTests(bundle.api_tests, await account.logIn())
      : [{ name: 'its migrations', error: `The Worker applies ${applied.join(', ')}.` }];
  if (failed.length === 0) return;
  throw new CliError({
    code: 'RELEASE_FAILS_ITS_TESTS',
    message: `The release fails its own API tests:\n${list(failed)}`,
    next: 'Mend what they found, in the code or in account-worker-template/api-tests, and build it again.',
    context: { failed },
  });
}

function list(failed: readonly FailedTest[]): string {
  return failed.map(({ name, error }) => `  ${name}\n    ${error.replaceAll('\n', '\n    ')}`).join('\n');
}
