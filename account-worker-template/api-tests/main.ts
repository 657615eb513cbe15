/**
 * The release's own API tests: a program that goes with it, for Node. Its one argument is the {@link Target} as JSON;
 * what it prints is `{"tests": [{"name", "error"}]}`, `error` null where the test passed. They may run again on the same
 * account, with another session. This contract outlives the release: the next one's publication calls it.
 */
import { ACCOUNT_TESTS } from './account-tests.ts';
import { Api, type Target } from './api.ts';
import { ENTITY_TESTS } from './entity-tests.ts';

// What starts the program wrote it.
const api = new Api(JSON.parse(process.argv[2] ?? '') as Target);
const tests: { name: string; error: string | null }[] = [];
for (const [name, run] of [...ENTITY_TESTS, ...ACCOUNT_TESTS]) {
  const error = await run(api).then(
    () => null,
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
  );
  tests.push({ name, error });
}
process.stdout.write(JSON.stringify({ tests }));
