import { CloudControl } from '#local-cloud/host/cloud-control.ts';
import { startTestPlatform } from '#test/support/local-platform.ts';
import { median } from './load/median.ts';
import { printCounts } from './provisioning/count-signup.ts';
import { fillPoolTo } from './provisioning/fill-pool-to.ts';
import { type ServedSignup, signUpAtOnce } from './provisioning/sign-up-at-once.ts';

/** How many people sign up at once, and how often that is repeated. */
const CROWDS = [
  { people: 1, rounds: 20 },
  { people: 10, rounds: 3 },
  { people: 50, rounds: 1 },
] as const;
const LARGEST = 50;

/** What Cloudflare's quota leaves to signups: 1,100 calls in 320 seconds, two for each account made from nothing. */
const COLD_PER_MINUTE = (1_100 / 2 / 320) * 60;

/**
 * From `POST /accounts` to the first request that the account's own Worker served: with a stack of the pool, and from
 * nothing. What a password's hash costs is measured beside it, by signups that are refused after it.
 */
export async function benchProvisioning(): Promise<void> {
  await printCounts();
  for (const pool of ['warm', 'cold'] as const) await benchPool(pool);
  console.log(
    `\nThe quota's ceiling: ${COLD_PER_MINUTE.toFixed(0)} accounts from nothing a minute, and any number warm.`,
  );
}

async function benchPool(pool: 'warm' | 'cold'): Promise<void> {
  const size = pool === 'warm' ? LARGEST : 0;
  await using platform = await startTestPlatform({
    faults: {},
    vars: { POOL_SIZES: JSON.stringify({ eu: size }) },
  });
  const { instance } = platform;
  const control = new CloudControl(platform.cloud, { apiToken: instance.cloudflare_api_token });
  for (const { people, rounds } of CROWDS) {
    const served: ServedSignup[] = [];
    let seconds = 0;
    let calls = 0;
    for (let round = 0; round < rounds; round += 1) {
      await fillPoolTo(instance, Math.min(size, people));
      await control.clearCalls();
      const signups = await signUpAtOnce(instance, people);
      seconds += Math.max(...signups.map(({ servedInMs }) => servedInMs)) / 1000;
      served.push(...signups);
      calls += await callsFor(control, signups);
    }
    print(pool, people, served, { seconds, calls });
  }
}

/** The API calls that were made for these accounts' own stacks; what fills the pool again is not theirs. */
async function callsFor(control: CloudControl, signups: readonly ServedSignup[]): Promise<number> {
  const uploads = await control.apiCalls();
  const own = new Set(signups.map(({ workerName }) => workerName));
  const forOwn = uploads.filter((call) => call.startsWith('PUT ') && own.has(call.split('/').at(-1) ?? ''));
  // Each stack's database is created by a call that names it only in its body: one for each upload of a new stack.
  return 2 * forOwn.length;
}

function print(
  pool: string,
  people: number,
  served: readonly ServedSignup[],
  { seconds, calls }: { seconds: number; calls: number },
): void {
  const times = served.map(({ servedInMs }) => servedInMs).sort((a, b) => a - b);
  const hashes = served.map(({ hashedInMs }) => hashedInMs);
  const p99 = times[Math.ceil(times.length * 0.99) - 1] ?? 0;
  console.log(
    `${pool} ${String(people).padStart(3)} at once: p50 ${median(times).toFixed(0).padStart(6)} ms  p99 ${p99.toFixed(0).padStart(6)} ms` +
      `  (hashing ${median(hashes).toFixed(0).padStart(5)} ms of it)  ${(served.length / seconds).toFixed(1)} accounts/s` +
      `  API calls each ${(calls / served.length).toFixed(1)}`,
  );
}
