import * as z from 'zod';

export const SLUG_MIN_LENGTH = 3;
export const SLUG_MAX_LENGTH = 40;

/** Names that an account cannot have: they are, or may become, the platform's own hosts and paths. */
const RESERVED_SLUGS = new Set([
  ...[
    'admin',
    'api',
    'app',
    'assets',
    'auth',
    'billing',
    'blog',
    'cdn',
    'dashboard',
    'dev',
    'docs',
    'files',
    'ftp',
  ],
  ...[
    'health',
    'help',
    'imap',
    'internal',
    'localhost',
    'login',
    'mail',
    'ns1',
    'ns2',
    'ops',
    'platform',
    'pop',
  ],
  ...[
    'portal',
    'root',
    'security',
    'signup',
    'smtp',
    'staging',
    'static',
    'status',
    'support',
    'test',
    'webmail',
  ],
  ...['freehold', 'wpad', 'www'],
]);

/** An account's name in addresses: 3 to 40 of `a-z 0-9 -`, a letter first, no `--`, no `-` at the end. */
export const slugSchema = z
  .string()
  .min(SLUG_MIN_LENGTH, `A slug has at least ${SLUG_MIN_LENGTH} characters.`)
  .max(SLUG_MAX_LENGTH, `A slug has at most ${SLUG_MAX_LENGTH} characters.`)
  .regex(
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
    'A slug is made of a-z, 0-9 and single hyphens, with a letter first.',
  );

export function isReservedSlug(slug: string): boolean {
  return RESERVED_SLUGS.has(slug);
}
