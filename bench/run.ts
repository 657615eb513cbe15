import { benchRouting } from './routing.ts';

const BENCHMARKS: Readonly<Record<string, () => Promise<void>>> = { routing: benchRouting };

const [name = ''] = process.argv.slice(2);
const benchmark = BENCHMARKS[name];
if (!benchmark) {
  console.error(`Which benchmark? npm run bench -- <${Object.keys(BENCHMARKS).join('|')}>`);
  process.exit(1);
}
await benchmark();
