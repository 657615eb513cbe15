import { beforeAll, expect, test } from 'vitest';
import { buildRelease } from '#provisioner/cli/build/build-release.ts';
import type { ReleaseBundle } from '#shared-schema/releases/release.ts';
import { crashMatrix } from './crash-matrix.ts';
import { SCENARIOS } from './scenarios.ts';

/** Of each scenario, chosen by the seed; `npm run test:faults` tries all. */
const SAMPLE = { points: 2, seed: 1 };

let bundle: ReleaseBundle;
beforeAll(async () => {
  bundle = await buildRelease();
});

test.each(Object.keys(SCENARIOS))(
  '%s comes to one end wherever its driver dies',
  async (name) => {
    const [row] = await crashMatrix({ names: [name], bundle, sample: SAMPLE });
    expect(row).toMatchObject({
      points: SAMPLE.points,
      converged: SAMPLE.points,
      duplicates: 0,
      orphans: 0,
      problems: [],
    });
  },
  120_000,
);
