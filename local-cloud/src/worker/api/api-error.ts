/**
 * Every error the API answers, with Cloudflare's own number where one is documented or was seen in the wild
 * (developers.cloudflare.com/api, workers-sdk, cloudflare-typescript; November 2026).
 */
export const API_ERRORS = {
  AUTHENTICATION: { status: 401, code: 10000 },
  FOREIGN_ACCOUNT: { status: 403, code: 10000 },
  ROUTE_NOT_FOUND: { status: 404, code: 7003 },
  METHOD_NOT_ALLOWED: { status: 405, code: 10405 },
  INTERNAL: { status: 500, code: 10002 },
  BODY_MALFORMED: { status: 400, code: 10001 },
  DATABASE_NOT_FOUND: { status: 404, code: 7404 },
  DATABASE_NAME_TAKEN: { status: 400, code: 7502 },
  DATABASE_QUOTA: { status: 400, code: 7406 },
  DATABASE_PROPERTY_INVALID: { status: 400, code: 7400 },
  DATABASE_RESTORE_CONFLICT: { status: 409, code: 7500 },
  DATABASE_QUERY_FAILED: { status: 400, code: 7500 },
  SCRIPT_NOT_FOUND: { status: 404, code: 10007 },
  /** What reading a missing dispatch script itself answers: wrangler tells a first deploy by it. */
  SCRIPT_ENVIRONMENT_NOT_FOUND: { status: 404, code: 10092 },
  SCRIPT_NAME_INVALID: { status: 400, code: 10016 },
  SCRIPT_INVALID: { status: 400, code: 10021 },
  SCRIPT_HAS_NO_HANDLER: { status: 400, code: 10068 },
  SCRIPT_TAGS_INVALID: { status: 400, code: 10021 },
  SECRET_NAME_TAKEN: { status: 400, code: 10053 },
  SECRET_NOT_FOUND: { status: 404, code: 10056 },
  NAMESPACE_NOT_FOUND: { status: 404, code: 100119 },
  NAMESPACE_NAME_TAKEN: { status: 409, code: 100118 },
  NAMESPACE_NAME_INVALID: { status: 400, code: 100117 },
  /** Not documented: what an upload says of a bucket that its jurisdiction does not have (workers-sdk #9418). */
  SCRIPT_BUCKET_NOT_FOUND: { status: 400, code: 10085 },
  /** What reading a missing ordinary Worker as a service answers. */
  SERVICE_NOT_FOUND: { status: 404, code: 10090 },
  VERSION_NOT_FOUND: { status: 404, code: 10221 },
  ROUTE_TAKEN: { status: 409, code: 10020 },
  WORKFLOW_NOT_FOUND: { status: 404, code: 10200 },
  /** Wrangler knows its number; the status is not documented. */
  WORKFLOW_JURISDICTION_FIXED: { status: 400, code: 10209 },
  BUCKET_NAME_TAKEN: { status: 409, code: 10004 },
  BUCKET_NAME_INVALID: { status: 400, code: 10005 },
  BUCKET_NOT_FOUND: { status: 404, code: 10006 },
  BUCKET_QUERY_INVALID: { status: 400, code: 10022 },
  ZONE_NOT_FOUND: { status: 404, code: 7003 },
  ZONE_QUERY_INVALID: { status: 400, code: 1003 },
  HOSTNAME_BODY_MALFORMED: { status: 400, code: 1400 },
  HOSTNAME_TAKEN: { status: 409, code: 1406 },
  HOSTNAME_INVALID: { status: 400, code: 1407 },
  HOSTNAME_NOT_ASCII: { status: 400, code: 1408 },
  HOSTNAME_RESERVED: { status: 400, code: 1409 },
  HOSTNAME_EXAMPLE: { status: 400, code: 1411 },
  HOSTNAME_SSL_METHOD_INVALID: { status: 400, code: 1432 },
  HOSTNAME_SSL_TYPE_INVALID: { status: 400, code: 1433 },
  HOSTNAME_SSL_INVALID: { status: 400, code: 1434 },
  HOSTNAME_SSL_INCOMPLETE: { status: 400, code: 1440 },
  HOSTNAME_NOT_FOUND: { status: 404, code: 1436 },
  /** Not documented: crossplane's provider-cloudflare knows it. */
  FALLBACK_ORIGIN_NOT_FOUND: { status: 404, code: 1551 },
  /** Of the control routes, which are the local cloud's own. */
  CONTROL_INVALID: { status: 400, code: 1 },
  CONTROL_NOT_FOUND: { status: 404, code: 2 },
} as const;

/** The name of an error in {@link API_ERRORS}. */
export type ApiErrorName = keyof typeof API_ERRORS;

/** An answer other than success, in Cloudflare's envelope. */
export class ApiError extends Error {
  readonly status: (typeof API_ERRORS)[ApiErrorName]['status'];
  readonly code: number;

  constructor(name: ApiErrorName, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = API_ERRORS[name].status;
    this.code = API_ERRORS[name].code;
  }
}
