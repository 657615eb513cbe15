import type { ReleaseBundle } from '#shared-schema/releases/release.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { crash, Drivers, MISHAPS, type Mishap, recordCalls } from './crash-point.ts';
import { look } from './expect-convergence.ts';
import { startFaultWorld } from './fault-world.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

export interface MatrixRow {
  readonly name: string;
  /** That the order takes where nothing goes wrong. */
  readonly calls: number;
  points: number;
  converged: number;
  duplicates: number;
  orphans: number;
  /** What was wrong, with the point. */
  readonly problems: string[];
}

export interface MatrixOptions {
  readonly names: readonly string[];
  readonly bundle: ReleaseBundle;
  /** How many points of each scenario are tried, chosen by the seed; all where it is left out. */
  readonly sample?: { readonly points: number; readonly seed: number };
  /** Scenarios at once, each in a cloud of its own. Default is 2. */
  readonly atOnce?: number;
  readonly tell?: (line: string) => void;
}

/** Tries the points of each scenario, and says what became of them. */
export async function crashMatrix(options: MatrixOptions): Promise<MatrixRow[]> {
  const waiting = [...options.names];
  const rows: MatrixRow[] = [];
  const drivers = new Drivers();
  const worker = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      rows.push(await tryScenario(name, drivers, options));
    }
  };
  try {
    await Promise.all(Array.from({ length: options.atOnce ?? 2 }, worker));
  } finally {
    drivers.stop();
  }
  return rows;
}

async function tryScenario(name: string, drivers: Drivers, options: MatrixOptions): Promise<MatrixRow> {
  const scenario: Scenario | undefined = SCENARIOS[name];
  if (scenario === undefined) throw new TypeError(`There is no scenario ${name}.`);
  await using world = await startFaultWorld(options.bundle);
  const recorded = await recordCalls(world, await scenario.prepare(world));
  const row = {
    name,
    calls: recorded.length,
    points: 0,
    converged: 0,
    duplicates: 0,
    orphans: 0,
    problems: [] as string[],
  };
  for (const { mishap, call } of pointsOf(recorded.length, options.sample)) {
    const order = await scenario.prepare(world);
    const { method, path } = recorded[call] ?? {};
    const problems: string[] = [];
    try {
      await crash(world, drivers, { order, mishap, call });
      const seen = await look(world, order, scenario.expected);
      problems.push(...seen.problems);
      row.duplicates += seen.duplicates;
      row.orphans += seen.orphans;
      if (seen.duplicates + seen.orphans > 0)
        problems.push(`${seen.duplicates} duplicates, ${seen.orphans} orphans`);
    } catch (thrown) {
      problems.push(String(thrown));
      await world.control.removeFaults();
    }
    row.points += 1;
    if (problems.length === 0) row.converged += 1;
    else {
      const problem = `${name}: call ${call} (${method} ${path}), ${mishap}: ${problems.join('; ')}`;
      row.problems.push(problem);
      options.tell?.(problem);
    }
  }
  options.tell?.(`${name}: calls ${row.calls}, crash points ${row.points}, converged ${row.converged}`);
  return row;
}

function pointsOf(calls: number, sample: MatrixOptions['sample']): { mishap: Mishap; call: number }[] {
  const mishaps = Object.keys(MISHAPS) as Mishap[]; // the type has no other keys
  const all = mishaps.flatMap((mishap) => Array.from({ length: calls }, (_, call) => ({ mishap, call })));
  if (sample === undefined) return all;
  const random = seededRandom(sample.seed);
  return all
    .map((point) => ({ point, turn: random() }))
    .sort((a, b) => a.turn - b.turn)
    .slice(0, sample.points)
    .map(({ point }) => point);
}
