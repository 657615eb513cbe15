import type { RouteName } from './route-name.ts';

/** Where a request for an account is meant to go. */
export interface AccountAddress {
  readonly name: RouteName;
  /** The path inside the account. */
  readonly path: string;
  /** The account's address in the form that was used, without a slash at the end. */
  readonly url: string;
}

export interface PlatformHosts {
  /** Where the platform is reached, without a slash at the end. */
  readonly platformUrl: string;
  /** Accounts answer below it. */
  readonly platformDomain: string;
  /** Other hosts of the platform's own, without a port. */
  readonly otherHosts: readonly string[];
}

const PATH_FORM = /^\/a\/([^/]+)(\/.*)?$/;

/**
 * Which account the URL names: as `<slug>.<domain>`, as `/a/<slug>/…` at a host of the platform's own, or by any other host,
 * which is an account's custom hostname or nobody's. Null is the platform itself. A host that names an account does so even
 * where its path looks like the other form.
 */
export function accountAddress(url: URL, hosts: PlatformHosts): AccountAddress | null {
  const { hostname, pathname: path } = url;
  const suffix = `.${hosts.platformDomain}`;
  if (isPlatformHost(hostname, hosts)) return addressOfPath(url);
  if (hostname.endsWith(suffix)) {
    return { name: { by: 'slug', name: hostname.slice(0, -suffix.length) }, path, url: url.origin };
  }
  const customUrl = hostUrl(hostname, hosts.platformUrl);
  return { name: { by: 'hostname', name: hostname }, path, url: customUrl };
}

/** Whether the host is the platform's own, and so no account's. */
export function isPlatformHost(hostname: string, hosts: PlatformHosts): boolean {
  return (
    hostname === hosts.platformDomain ||
    hosts.otherHosts.includes(hostname) ||
    hostname === new URL(hosts.platformUrl).hostname
  );
}

function addressOfPath({ pathname, origin }: URL): AccountAddress | null {
  const match = PATH_FORM.exec(pathname);
  if (match?.[1] === undefined) return null;
  const url = `${origin}/a/${match[1]}`;
  return { name: { by: 'slug', name: match[1] }, path: match[2] ?? '/', url };
}

export interface AccountUrlOptions {
  readonly platformUrl: string;
  readonly platformDomain: string;
  readonly form: 'host' | 'path';
}

/** The account's address from outside, without a slash at the end. */
export function accountUrl(slug: string, options: AccountUrlOptions): string {
  if (options.form === 'path') return `${options.platformUrl}/a/${slug}`;
  return hostUrl(`${slug}.${options.platformDomain}`, options.platformUrl);
}

/** A host's address: by the protocol and at the port where the platform is reached. */
export function hostUrl(hostname: string, platformUrl: string): string {
  const { protocol, port } = new URL(platformUrl);
  return `${protocol}//${hostname}${port ? `:${port}` : ''}`;
}

/**
 * The account's address for a mail: the custom hostname by which the request came, else the one that the platform's
 * configuration names. Never a host or a port that only the caller says.
 */
export function mailedUrl({ name, url }: AccountAddress, slug: string, options: AccountUrlOptions): string {
  return name.by === 'hostname' ? url : accountUrl(slug, options);
}
