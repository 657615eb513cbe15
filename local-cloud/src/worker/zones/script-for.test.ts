import { expect, test } from 'vitest';
import { scriptFor } from './script-for.ts';

const ROUTES = [
  { pattern: '*/*', script: 'platform' },
  { pattern: 'law.dev/*' },
  { pattern: '*.law.dev/*' },
  { pattern: 'https://app.law.dev/*', script: 'platform' },
  { pattern: '*.app.law.dev/*', script: 'platform' },
];

test.each([
  ['app.law.dev', 'platform'],
  ['smith.app.law.dev', 'platform'],
  ['www.law.dev', undefined],
  ['law.dev', undefined],
  ['app.hart.dev', 'platform'],
])('%s leads to %s, by the most exact route', (hostname, script) => {
  expect(scriptFor(hostname, ROUTES)).toBe(script);
  expect(scriptFor(hostname, ROUTES.toReversed())).toBe(script);
});

test('a host that no route matches leads nowhere', () => {
  expect(scriptFor('app.hart.dev', ROUTES.slice(1))).toBeUndefined();
});
