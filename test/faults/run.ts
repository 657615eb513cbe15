import { parseArgs } from 'node:util';
import { buildRelease } from '#provisioner/cli/build/build-release.ts';
import { crashMatrix } from './crash-matrix.ts';
import { SCENARIOS } from './scenarios.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, sample: { type: 'string' }, seed: { type: 'string', default: '1' } },
});

const began = performance.now();
const rows = await crashMatrix({
  names: values.only?.split(',') ?? Object.keys(SCENARIOS),
  bundle: await buildRelease(),
  ...(values.sample && { sample: { points: Number(values.sample), seed: Number(values.seed) } }),
  tell: console.log,
});
console.table(
  rows.map(({ name, calls, points, converged, duplicates, orphans }) => ({
    ...{ scenario: name, calls, 'crash points': points, converged, duplicates, orphans },
  })),
);
const sum = (of: 'points' | 'converged' | 'duplicates' | 'orphans') =>
  rows.reduce((all, row) => all + row[of], 0);
console.log(
  `crash points ${sum('points')}, converged ${sum('converged')}, duplicates ${sum('duplicates')}, orphans ${sum('orphans')}`,
);
console.log(`${((performance.now() - began) / 1000).toFixed(0)} s`);
// Calls that no answer will come to keep timers of the SDK alive.
process.exit(sum('points') === sum('converged') ? 0 : 1);
