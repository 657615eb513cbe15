/** Where a request for an account is meant to go. */
export interface AccountAddress {
  readonly slug: string;
  /** The path inside the account. */
  readonly path: string;
  /** The account's address in the form that was used, without a slash at the end. */
  readonly url: string;
}

const PATH_FORM = /^\/a\/([^/]+)(\/.*)?$/;

/**
 * Whether the URL names an account, as `<slug>.<domain>` or `/a/<slug>/…`. A host below the domain names an account
 * even where its path looks like the other form; null is the platform itself.
 */
export function accountAddress(url: URL, platformDomain: string): AccountAddress | null {
  const suffix = `.${platformDomain}`;
  if (url.hostname.endsWith(suffix)) {
    return { slug: url.hostname.slice(0, -suffix.length), path: url.pathname, url: url.origin };
  }
  const match = PATH_FORM.exec(url.pathname);
  if (match?.[1] === undefined) return null;
  return { slug: match[1], path: match[2] ?? '/', url: `${url.origin}/a/${match[1]}` };
}

export interface AccountUrlOptions {
  readonly platformUrl: string;
  readonly platformDomain: string;
  readonly form: 'host' | 'path';
}

/** The account's address from outside, without a slash at the end. */
export function accountUrl(slug: string, options: AccountUrlOptions): string {
  const { protocol, port } = new URL(options.platformUrl);
  if (options.form === 'path') return `${options.platformUrl}/a/${slug}`;
  return `${protocol}//${slug}.${options.platformDomain}${port ? `:${port}` : ''}`;
}
