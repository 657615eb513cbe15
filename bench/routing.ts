import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '#test/support/free-ports.ts';
import { startTestPlatform } from '#test/support/local-platform.ts';
import { type LoadResult, type LoadTarget, measureLoad } from './load/measure-load.ts';
import { median } from './load/median.ts';
import { type PreparedAccount, prepareAccount } from './load/prepare-account.ts';
import { withRegistryTakenAway } from './load/registry-taken-away.ts';

const ROUNDS = 15;
const LOAD = { connections: 16, durationMs: 1_500 };
const WARM_UP = { connections: 16, durationMs: 2_000 };
const PROXY_DIR = join(import.meta.dirname, 'bare-dispatch-proxy');

/**
 * The same authenticated `GET /clients/<id>` on the account Worker directly, through a Worker that only dispatches, and
 * through the platform. The three take turns, so that what else the machine does meets all of them.
 */
export async function benchRouting(): Promise<void> {
  const port = await freePorts(4);
  const [proxyPort, dispatchPort] = [port + 2, port + 3];
  const bundleDir = await mkdtemp(join(tmpdir(), 'freehold-proxy-'));
  await cp(PROXY_DIR, bundleDir, { recursive: true });
  const configPath = join(bundleDir, 'wrangler.jsonc');
  const proxy = { name: 'bare-dispatch-proxy', port: proxyPort, configPath, bundleDir };
  await using platform = await startTestPlatform({ port, dispatchPort, workersBeside: [proxy] });
  const account = await prepareAccount(platform.instance);
  const targets = {
    direct: targetOf(account, `http://127.0.0.1:${dispatchPort}`, {
      'x-local-cloud-script': `${account.dispatchNamespace}/${account.workerName}`,
    }),
    proxy: targetOf(account, `http://127.0.0.1:${proxyPort}`, { 'x-worker': account.workerName }),
    platform: {
      ...targetOf(account, `http://127.0.0.1:${port}`, {}),
      path: `/a/${account.slug}/clients/${account.clientId}`,
    },
  };
  for (const target of Object.values(targets)) await measureLoad(target, WARM_UP);
  const rounds: Record<keyof typeof targets, LoadResult>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({
      direct: await measureLoad(targets.direct, LOAD),
      proxy: await measureLoad(targets.proxy, LOAD),
      platform: await measureLoad(targets.platform, LOAD),
    });
  }
  print(
    '(a) account Worker directly',
    rounds.map((round) => round.direct),
  );
  print(
    '(b) bare dispatch proxy',
    rounds.map((round) => round.proxy),
  );
  print(
    '(c) platform',
    rounds.map((round) => round.platform),
  );
  const throughput = (round: (typeof rounds)[number]) =>
    round.platform.requestsPerSecond / round.proxy.requestsPerSecond;
  console.log(`\n(c) / (b) requests/s  ${median(rounds.map(throughput)).toFixed(3)}  (to reach: 0.900)`);
  console.log(
    `(c) / (a) requests/s  ${median(rounds.map((r) => r.platform.requestsPerSecond / r.direct.requestsPerSecond)).toFixed(3)}`,
  );
  console.log(`(c) / (b) p50         ${median(rounds.map((r) => r.platform.p50 / r.proxy.p50)).toFixed(3)}`);
  console.log(`(c) / (b) p99         ${median(rounds.map((r) => r.platform.p99 / r.proxy.p99)).toFixed(3)}`);
  const served = await withRegistryTakenAway(platform.instance, targets.platform);
  console.log(
    `warm requests served while the registry's accounts table was taken away: ${served} of ${served}`,
  );
  console.log(
    `\nMedians of ${ROUNDS} rounds of ${LOAD.durationMs / 1000} s each, ${LOAD.connections} connections.`,
  );
}

function targetOf(account: PreparedAccount, origin: string, headers: Record<string, string>): LoadTarget {
  return {
    origin,
    path: `/clients/${account.clientId}`,
    headers: { authorization: `Bearer ${account.accessToken}`, ...headers },
  };
}

function print(name: string, results: readonly LoadResult[]): void {
  const rate = median(results.map((result) => result.requestsPerSecond)).toFixed(0);
  const p50 = median(results.map((result) => result.p50)).toFixed(2);
  const p99 = median(results.map((result) => result.p99)).toFixed(2);
  console.log(`${name.padEnd(28)} ${rate.padStart(6)} requests/s   p50 ${p50} ms   p99 ${p99} ms`);
}
