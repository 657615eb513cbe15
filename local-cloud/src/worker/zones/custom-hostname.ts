import * as z from 'zod';

const sslFields = {
  method: z.enum(['http', 'txt', 'email']).optional(),
  type: z.literal('dv').optional(),
};

/** The certificate that is asked for. Fields beyond these are stored and shown, and have no effect here. */
export const sslSchema = z.looseObject(sslFields);

const bodySchema = z.object({
  ssl: sslSchema.optional(),
  custom_metadata: z.record(z.string(), z.string()).optional(),
});

/** What a custom hostname was given, beside its name. */
export type CustomHostnameBody = z.infer<typeof bodySchema>;

/** A custom hostname as the state holds it. */
export interface CustomHostname {
  id: string;
  zone_id: string;
  hostname: string;
  created_at: string;
  /** When its DNS is found to lead here: milliseconds since the Unix epoch, null for not yet. */
  verified_at: number | null;
  body: CustomHostnameBody;
}

/** {@link CustomHostnameBody}, read back from storage. */
export function parseCustomHostnameBody(text: string): CustomHostnameBody {
  return bodySchema.parse(JSON.parse(text));
}

/** Whether requests for it are let through. */
export function isActive({ verified_at }: Pick<CustomHostname, 'verified_at'>, now: number): boolean {
  return verified_at !== null && verified_at <= now;
}

/** A custom hostname as the API shows it: `active`, or `pending` with what would verify it. */
export function shownCustomHostname(found: CustomHostname, active: boolean): Record<string, unknown> {
  const { id, hostname, created_at, body } = found;
  const common = {
    id,
    hostname,
    created_at,
    ...(body.custom_metadata && { custom_metadata: body.custom_metadata }),
    ...(body.ssl && { ssl: shownCertificate(found, body.ssl, active) }),
  };
  if (active) return { ...common, status: 'active' };
  return {
    ...common,
    status: 'pending',
    verification_errors: ['custom hostname does not CNAME to this zone.'],
    ownership_verification: { type: 'txt', name: `_cf-custom-hostname.${hostname}`, value: id },
    ownership_verification_http: {
      http_url: `http://${hostname}/.well-known/cf-custom-hostname-challenge/${id}`,
      http_body: id,
    },
  };
}

function shownCertificate(
  { id, hostname }: CustomHostname,
  ssl: z.infer<typeof sslSchema>,
  active: boolean,
): Record<string, unknown> {
  const shown = {
    certificate_authority: 'google',
    bundle_method: 'ubiquitous',
    wildcard: false,
    ...ssl,
    id,
    hosts: [hostname],
    status: active ? 'active' : 'pending_validation',
  };
  return active ? shown : { ...shown, validation_records: [validationRecord(hostname, id, ssl.method)] };
}

function validationRecord(hostname: string, id: string, method: string | undefined): Record<string, unknown> {
  if (method === 'email') return { status: 'pending', emails: [`admin@${hostname}`] };
  if (method === 'txt') return { status: 'pending', txt_name: `_acme-challenge.${hostname}`, txt_value: id };
  const http_url = `http://${hostname}/.well-known/pki-validation/${id}.txt`;
  return { status: 'pending', http_url, http_body: id };
}
