import type { BootstrapStep } from './bootstrap-step.ts';

/** The dispatch namespace that account Workers are uploaded into. */
export const ensureNamespace: BootstrapStep = {
  name: 'dispatch-namespace',
  permission: 'Account › Workers Scripts › Edit',
  look: async ({ account, config }) => {
    const [{ namespace }] = config.dispatch_namespaces;
    const found = await account.find(`/workers/dispatch/namespaces/${namespace}`);
    return {
      missing: found === null ? [`the dispatch namespace ${namespace}`] : [],
      make: () => account.createNamespace(namespace),
    };
  },
};
