import { stackResourceName } from '#shared-schema/stacks/stack.ts';
import type { OperationStep } from '../operations/operation-step.ts';

/**
 * The stack's Worker runs its release, bound to the stack's own database and to nothing else. One API call, which
 * replaces whatever was there, so a lost reply needs no look.
 */
export const ensureWorker: OperationStep = {
  name: 'ensure-worker',
  async run({ stack }, { cloudflare, releases, platform }) {
    if (stack.database_id === null) throw new TypeError('ensure-worker comes after ensure-database.');
    await cloudflare.uploadAccountWorker(stack.dispatch_namespace, {
      name: stackResourceName(stack.id),
      bundle: await releases.bundle(stack.release_id),
      databaseId: stack.database_id,
      texts: {
        STACK_ID: stack.id,
        RELEASE_ID: stack.release_id,
        PLATFORM_ISSUER: platform.issuer,
        PLATFORM_KEYS: platform.publicKeys,
      },
      tags: [`stack:${stack.id}`, `release:${stack.release_id}`],
    });
    return {};
  },
};
