import type { Release } from '#shared-schema/releases/release.ts';
import { buildRelease } from '../build/build-release.ts';
import type { BootstrapStep } from './bootstrap-step.ts';
import { platformClient } from './platform-access.ts';

/** There is a release. Later ones are published with `freehold releases publish`. */
export const publishRelease: BootstrapStep = {
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
        const bundle = await buildRelease();
        await (await platformClient(setup)).post<Release>('/admin/releases', bundle);
      },
    };
  },
};
