import type { HostnameRow } from '#provisioner/registry/hostnames.ts';
import type { CustomHostname } from '#shared-schema/hostnames/hostname.ts';
import { hostUrl, type PlatformHosts } from '../routing/account-address.ts';

/**
 * A hostname as an operator sees it. Its CNAME leads to the platform's domain, which lies in the zone of the custom hostnames:
 * any proxied name of that zone would do (Cloudflare for SaaS, November 2026).
 */
export function toCustomHostname(row: HostnameRow, hosts: PlatformHosts): CustomHostname {
  const { custom_hostname_id: _, setup, ...shown } = row;
  const cname = { type: 'CNAME', name: row.hostname, value: hosts.platformDomain } as const;
  return {
    ...shown,
    url: hostUrl(row.hostname, hosts.platformUrl),
    setup: setup && { ...setup, records: [cname, ...setup.records] },
  };
}
