import type { CustomHostnameGetResponse } from 'cloudflare/resources/custom-hostnames/custom-hostnames';
import type { HostnameSetup } from '#shared-schema/hostnames/hostname.ts';

/** A custom hostname of the platform's zone, as far as operations look at it. */
export interface CloudflareHostname {
  readonly id: string;
  readonly hostname: string;
  /** Requests for it are let through, over TLS. */
  readonly active: boolean;
  /** Its requests go to a server that somebody chose for it: not to the platform Worker, as those of ours do. */
  readonly leadsElsewhere: boolean;
  /** What its owner has still to do. */
  readonly setup: HostnameSetup;
}

/** Statuses from which a hostname does not come back by itself (Cloudflare for SaaS, November 2026). */
const OVER: ReadonlySet<string | undefined> = new Set(['blocked', 'deleted', 'moved', 'pending_deletion']);

export function toCloudflareHostname(answer: CustomHostnameGetResponse): CloudflareHostname {
  const { id, hostname, status, ssl } = answer;
  return {
    ...{ id, hostname },
    active: status === 'active' && (ssl === undefined || ssl.status === 'active'),
    leadsElsewhere: answer.custom_origin_server !== undefined,
    setup: setupOf(answer),
  };
}

function setupOf(answer: CustomHostnameGetResponse): HostnameSetup {
  const { ownership_verification: txt, ownership_verification_http: http, ssl, status } = answer;
  const validation = ssl?.validation_records ?? [];
  const records = [
    { name: txt?.name, value: txt?.value },
    ...validation.map(({ txt_name, txt_value }) => ({ name: txt_name, value: txt_value })),
  ];
  const files = [http, ...validation];
  return {
    records: records.flatMap(({ name, value }) => (name && value ? [{ type: 'TXT', name, value }] : [])),
    files: files.flatMap((file) =>
      file?.http_url && file.http_body ? [{ url: file.http_url, body: file.http_body }] : [],
    ),
    problems: [
      ...(OVER.has(status) ? [`Cloudflare's status of it is ${status}: remove it and add it again.`] : []),
      ...(answer.verification_errors ?? []),
      ...(ssl?.validation_errors ?? []).flatMap(({ message }) => message ?? []),
    ],
  };
}
