import type { OperationStep } from '../operations/operation-step.ts';
import { deleteAtCloudflare } from './delete-custom-hostname.ts';

/** Cloudflare has none of the account's custom hostnames any more. The registry keeps them from others until the account is buried. */
export const deleteCustomHostnames: OperationStep = {
  name: 'delete-custom-hostnames',
  async run({ hostnames }, { cloudflare }) {
    for (const row of hostnames) await deleteAtCloudflare(row, cloudflare);
    return {};
  },
};
