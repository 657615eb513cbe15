import { buildRelease } from '../build/build-release.ts';
import { publishRelease } from '../releases/publish-release.ts';
import type { BootstrapStep } from './bootstrap-step.ts';
import { platformClient } from './platform-access.ts';

/**
 * There is a release. The first is tried as every other: there is none before it to break, so by its own API tests on its own schema.
 * Later ones are published with `freehold releases publish`. Error: `RELEASE_FAILS_ITS_TESTS`.
 */
export const ensureRelease: BootstrapStep = {
  name: 'release',
  permission: 'Account › D1 › Edit',
  look: async (setup) => {
    const { account, facts } = setup;
    const releases =
      facts.registryId === undefined || !facts.isMigrated
        ? []
        : await account.query(facts.registryId, 'SELECT id FROM releases LIMIT 1');
    return {
      missing: releases.length === 0 ? ['the first release'] : [],
      make: async () => {
        const platform = await platformClient(setup);
        // Each step says what became of it when it has ended, and no more.
        await publishRelease(platform, await buildRelease(), () => undefined);
      },
    };
  },
};
