import type { OperationStep, StepPorts } from '../operations/operation-step.ts';
import type { HostnameRow } from '../registry/hostnames.ts';
import { orderedHostname } from './ordered-hostname.ts';

/** Cloudflare has the custom hostname no more, with its certificate; from the record of that on others may have the name. */
export const deleteCustomHostname: OperationStep = {
  name: 'delete-custom-hostname',
  async run(subject, { cloudflare }) {
    const row = orderedHostname(subject);
    const { hostname } = row;
    await deleteAtCloudflare(row, cloudflare);
    return { hostname: { hostname, removed: true }, facts: { hostname } };
  },
};

/** One whose making was never told is found by its exact name. What leads elsewhere is not ours to delete. */
export async function deleteAtCloudflare(
  { hostname, custom_hostname_id: id }: HostnameRow,
  cloudflare: StepPorts['cloudflare'],
): Promise<void> {
  if (id !== null) return cloudflare.deleteCustomHostname(id);
  const found = await cloudflare.findCustomHostname(hostname);
  if (found && !found.leadsElsewhere) await cloudflare.deleteCustomHostname(found.id);
}
