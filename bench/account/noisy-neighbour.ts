import { MAX_PAGE_SIZE } from '#shared-schema/lists/list-definition.ts';
import { type LoadResult, type LoadTarget, measureLoad } from '../load/measure-load.ts';
import { median } from '../load/median.ts';
import { createBenchTokens } from './bench-tokens.ts';
import {
  DEDICATED_ENTRY,
  newIdentity,
  POOLED_ENTRY,
  prepareDedicated,
  preparePooled,
} from './prepare-database.ts';
import { serveWorker } from './served-worker.ts';

const CLIENTS_EACH = 50_000;
const ROUNDS = 5;
const LOAD = { connections: 4, durationMs: 3_000 };
/** How many read everything page by page, as an export does. */
const NOISE_CONNECTIONS = 8;

/** One design with two accounts: what the quiet one sends, and what the noisy one sends beside it. */
interface Neighbours extends AsyncDisposable {
  readonly quiet: LoadTarget;
  readonly noisy: LoadTarget;
}

/**
 * One account reads everything it has while another works. On Cloudflare every D1 database is a single thread of its
 * own, and so is every dedicated database here: a workerd process each. The pooled design has one for both.
 */
export async function benchNoisyNeighbour(): Promise<void> {
  await using dedicated = await startDedicatedNeighbours();
  await using pooled = await startPooledNeighbours();
  const rounds: { own: Comparison; pooled: Comparison }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({ own: await compare(dedicated), pooled: await compare(pooled) });
  }
  console.log(
    `\nOne account exports (${NOISE_CONNECTIONS} connections, pages of ${MAX_PAGE_SIZE}) while another reads:`,
  );
  print(
    'own database',
    rounds.map((round) => round.own),
  );
  print(
    'pooled database',
    rounds.map((round) => round.pooled),
  );
  const ratio = median(rounds.map((round) => round.own.noisy.p99 / round.pooled.noisy.p99));
  console.log(`p99 under noise, own / pooled  ${ratio.toFixed(3)}  (to reach: below 1)`);
  console.log(
    `Medians of ${ROUNDS} rounds of ${LOAD.durationMs / 1000} s each, ${LOAD.connections} connections.`,
  );
}

interface Comparison {
  readonly quiet: LoadResult;
  readonly noisy: LoadResult;
}

async function compare({ quiet, noisy }: Neighbours): Promise<Comparison> {
  const before = await measureLoad(quiet, LOAD);
  const [beside] = await Promise.all([
    measureLoad(quiet, LOAD),
    measureLoad(noisy, { ...LOAD, connections: NOISE_CONNECTIONS }),
  ]);
  return { quiet: before, noisy: beside };
}

async function startDedicatedNeighbours(): Promise<Neighbours> {
  const tokens = await createBenchTokens();
  const one = async () => {
    const identity = newIdentity();
    const worker = await serveWorker(DEDICATED_ENTRY, identity.stackId, tokens);
    await prepareDedicated(worker, { identity, clients: CLIENTS_EACH });
    return { worker, origin: worker.origin, access: await tokens.access(identity), series: 1 };
  };
  const [quiet, noisy] = [await one(), await one()];
  return {
    quiet: readOne(quiet),
    noisy: readPage(noisy),
    async [Symbol.asyncDispose]() {
      await Promise.all([quiet.worker[Symbol.asyncDispose](), noisy.worker[Symbol.asyncDispose]()]);
    },
  };
}

async function startPooledNeighbours(): Promise<Neighbours> {
  const tokens = await createBenchTokens();
  const first = newIdentity();
  const second = newIdentity(first.stackId);
  const worker = await serveWorker(POOLED_ENTRY, first.stackId, tokens);
  const { origin } = worker;
  await preparePooled(
    worker,
    [first, second].map((identity) => ({ identity, clients: CLIENTS_EACH })),
  );
  return {
    quiet: readOne({ origin, access: await tokens.access(first), series: 1 }),
    noisy: readPage({ origin, access: await tokens.access(second), series: 2 }),
    [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
  };
}

interface Account {
  readonly origin: string;
  readonly access: string;
  readonly series: number;
}

function readOne({ origin, access, series }: Account): LoadTarget {
  const id = `${series.toString(16).padStart(8, '0')}-0000-7000-8000-000000000001`;
  return { origin, path: `/clients/${id}`, headers: { authorization: `Bearer ${access}` } };
}

function readPage({ origin, access }: Account): LoadTarget {
  const path = `/clients?limit=${MAX_PAGE_SIZE}&sort=last_name`;
  return { origin, path, headers: { authorization: `Bearer ${access}` } };
}

function print(name: string, rounds: readonly Comparison[]): void {
  const value = (pick: (one: Comparison) => number) => median(rounds.map(pick)).toFixed(2);
  console.log(
    `${name.padEnd(17)} alone: p50 ${value((one) => one.quiet.p50)} ms, p99 ${value((one) => one.quiet.p99)} ms` +
      `   under noise: p50 ${value((one) => one.noisy.p50)} ms, p99 ${value((one) => one.noisy.p99)} ms`,
  );
}
