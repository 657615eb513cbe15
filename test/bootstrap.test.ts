import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ProductionCloud, startProductionCloud } from './support/production-cloud.ts';

let production: ProductionCloud;

beforeAll(async () => {
  production = await startProductionCloud();
});
afterAll(() => production?.stop());

test('x', async () => {
  for (const words of ['--dry-run', '', '', '--json', '--new-admin-token', '--dry-run']) {
    const began = performance.now();
    await production.control.clearCalls();
    const o = await production.bootstrap(words);
    console.log(words, performance.now() - began, o.exitCode, o.stdout, o.stderr);
    console.log((await production.control.apiCalls()).join('\n'));
  }
  expect(1).toBe(1);
}, 300_000);
