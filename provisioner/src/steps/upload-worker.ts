import { type Stack, stackResourceName } from '#shared-schema/stacks/stack.ts';
import type { RunningStepPorts } from '../operations/operation-step.ts';
import { accountWorkerTags, accountWorkerTexts, keyIds } from './account-worker-facts.ts';

/**
 * Uploads the stack's Worker: its release, bound to the stack's own database and to nothing else. One API call, which
 * replaces whatever was there, so a lost reply needs no look. The keys that it was uploaded with are noted.
 */
export async function uploadWorker(
  stack: Stack,
  {
    cloudflare,
    releases,
    platform,
    noteUpload,
  }: Pick<RunningStepPorts, 'cloudflare' | 'releases' | 'platform' | 'noteUpload'>,
): Promise<void> {
  if (stack.database_id === null) throw new TypeError('A Worker is uploaded after its database is made.');
  await cloudflare.uploadAccountWorker(stack.dispatch_namespace, {
    name: stackResourceName(stack.id),
    bundle: await releases.bundle(stack.release_id),
    databaseId: stack.database_id,
    texts: accountWorkerTexts(stack, platform),
    tags: accountWorkerTags(stack),
  });
  noteUpload({ observed_keys: JSON.stringify(keyIds(platform.publicKeys)) });
}
