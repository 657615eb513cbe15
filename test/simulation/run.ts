import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1000' }, seed: { type: 'string' } },
});

if (values.seed === undefined) await playMany(Number(values.seeds));
else await replay(Number(values.seed));
// Calls that no answer will come to keep timers of the SDK alive.
process.exit();

/** Plays seeds 0 to count - 1 and stops at the first that fails. */
async function playMany(count: number): Promise<void> {
  const began = performance.now();
  let operations = 0;
  for (let seed = 0; seed < count; seed += 1) {
    const { problems, operations: played } = await simulate(seed);
    operations += played;
    if (problems.length > 0) {
      console.log(`seed ${seed} failed: ${problems.join('; ')}`);
      console.log(`Replay it: npm run test:simulation -- --seed ${seed}`);
      process.exitCode = 1;
      return;
    }
  }
  const perSeed = (performance.now() - began) / count;
  console.log(`seeds ${count}, operations ${operations}, failed 0, ${perSeed.toFixed(1)} ms a seed`);
}

async function replay(seed: number): Promise<void> {
  const { problems, trace, hash } = await simulate(seed);
  for (const line of trace) console.log(line);
  console.log(`seed ${seed}: ${problems.length === 0 ? 'no problem' : problems.join('; ')}; trace ${hash}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
