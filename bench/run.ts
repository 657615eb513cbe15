import { benchAccount } from './account.ts';
import { benchFleet } from './fleet.ts';
import { benchProvisioning } from './provisioning.ts';
import { benchRouting } from './routing.ts';

const BENCHMARKS: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  account: benchAccount,
  fleet: benchFleet,
  provisioning: benchProvisioning,
  routing: benchRouting,
};

const [name = '', ...args] = process.argv.slice(2);
const benchmark = BENCHMARKS[name];
if (!benchmark) {
  console.error(`Which benchmark? npm run bench -- <${Object.keys(BENCHMARKS).join('|')}>`);
  process.exit(1);
}
await benchmark(args);
