import * as z from 'zod';
import { timestampSchema, uuidSchema } from '../fields/fields.ts';

/** RFC 1035 §2.3.4, without the last dot. */
export const HOSTNAME_MAX_LENGTH = 253;

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** RFC 2606 and RFC 6761, and `internal`, which ICANN keeps out of the DNS (2024): nobody can own a name below these. */
const RESERVED = /(^|\.)(example(\.(com|net|org))?|internal|invalid|local|localhost|test)$/;

/**
 * A public host name in lower case, as a browser sends it: names beyond ASCII in punycode (`xn--…`). No wildcard, no address,
 * no port.
 */
export const hostnameSchema = z
  .string()
  .toLowerCase()
  .superRefine((hostname, { addIssue }) => {
    const message = problemOf(hostname);
    if (message) addIssue({ code: 'custom', message });
  });

function problemOf(hostname: string): string | null {
  const labels = hostname.split('.');
  const top = labels.at(-1) ?? '';
  if (hostname.length > HOSTNAME_MAX_LENGTH) {
    return `A host name has at most ${HOSTNAME_MAX_LENGTH} characters.`;
  }
  if (/[^\0-\x7f]/.test(hostname)) {
    return 'Send the name in punycode, as a browser sends it: bücher.de is xn--bcher-kva.de.';
  }
  if (labels[0] === '*') return 'A wildcard is not possible: add each host name by itself.';
  if (/^[\d.]+$|[[\]:]/.test(hostname)) return 'This is an address or has a port: send a host name alone.';
  if (!labels.every((label) => LABEL.test(label)) || /^\d/.test(top)) {
    return 'This is not a host name, such as app.hart-law.co.uk.';
  }
  if (RESERVED.test(hostname)) return 'This name is reserved: nobody can own it.';
  if (labels.length < 2) return 'This is not a public host name, such as app.hart-law.co.uk.';
  return null;
}

/** `pending` until Cloudflare has verified it; only an `active` one leads to the account; `removing` until others may have it. */
export const hostnameStatusSchema = z.enum(['pending', 'active', 'removing']);
export type HostnameStatus = z.infer<typeof hostnameStatusSchema>;

/** What the owner of a name has to set up before it works, as Cloudflare says it. */
export const hostnameSetupSchema = z.object({
  /** Records that Cloudflare looks for besides the CNAME, of which it may need none once that is there. */
  records: z.array(z.object({ type: z.enum(['CNAME', 'TXT']), name: z.string(), value: z.string() })),
  /** Texts that Cloudflare looks for over HTTP, where the name still leads elsewhere. */
  files: z.array(z.object({ url: z.string(), body: z.string() })),
  /** Why it is not verified yet, in Cloudflare's words. */
  problems: z.array(z.string()),
});
export type HostnameSetup = z.infer<typeof hostnameSetupSchema>;

/** A custom hostname as an operator sees it. `setup` is null until Cloudflare has it, and where nothing is left to do. */
export const customHostnameSchema = z.object({
  hostname: z.string(),
  account_id: uuidSchema,
  status: hostnameStatusSchema,
  url: z.url(),
  setup: hostnameSetupSchema.nullable(),
  created_at: timestampSchema,
  updated_at: timestampSchema,
});
export type CustomHostname = z.infer<typeof customHostnameSchema>;

export const customHostnamesSchema = z.object({ data: z.array(customHostnameSchema), next_cursor: z.null() });
export type CustomHostnames = z.infer<typeof customHostnamesSchema>;
