import {
  activateHostname,
  noteSetup,
  takeDueHostnames,
  type WaitingHostname,
} from '../registry/hostname-looks.ts';
import type { SurveyPorts } from './survey-ports.ts';

/** How many hostnames one pass looks at, one API call each. What is left waits for the next pass. */
export const HOSTNAMES_PER_PASS = 50;

const GONE = 'Cloudflare has this host name no more: remove it and add it again.';

type ObserveHostnamesPorts = Pick<SurveyPorts, 'registry' | 'cloudflare' | 'place' | 'now' | 'newId'>;

/**
 * Asks Cloudflare of the hostnames that wait whether they are verified: from the record of that on they lead to their accounts.
 * Nothing waits for this, however long the owner of a name takes to set it up.
 *
 * Errors: those of the Cloudflare API; what was not looked at is looked at again when it is due.
 */
export async function observeHostnames(ports: ObserveHostnamesPorts): Promise<void> {
  const { registry, place, now, newId } = ports;
  const due = await takeDueHostnames(registry, now(), HOSTNAMES_PER_PASS);
  const cloudflare = ports.cloudflare({ cell: place.cell, lane: 'repair', waiter: newId() });
  for (const hostname of due) {
    const found = await cloudflare.getCustomHostname(hostname.custom_hostname_id);
    if (found?.active) await activateHostname(registry, hostname, verifiedEvent(ports, hostname));
    else await noteSetup(registry, hostname, found?.setup ?? { records: [], files: [], problems: [GONE] });
  }
}

function verifiedEvent({ now, newId }: ObserveHostnamesPorts, { account_id, hostname }: WaitingHostname) {
  return {
    id: newId(),
    at: now(),
    actor: 'reconciler',
    action: 'hostname.verified',
    targetKind: 'account',
    targetId: account_id,
    requestId: null,
    before: null,
    after: { hostname },
  };
}
