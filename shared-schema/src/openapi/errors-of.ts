import { roleSchema } from '../control/control-calls.ts';
import type { ErrorCode } from '../errors/error-codes.ts';
import type { Access, DocumentedRoute } from './route-description.ts';

/** What any route of a surface may answer, by who may call it. */
export type ErrorsByAccess = Readonly<Partial<Record<Access, readonly ErrorCode[]>>>;

const BODY_ERRORS = [
  'BODY_TOO_LARGE',
  'MALFORMED_JSON',
  'UNSUPPORTED_MEDIA_TYPE',
  'VALIDATION_FAILED',
] as const satisfies ErrorCode[];

const HEADER_ERRORS = {
  'idempotency-key': ['VALIDATION_FAILED', 'IDEMPOTENCY_KEY_REUSED'],
  'if-match': ['VALIDATION_FAILED', 'VERSION_MISMATCH'],
  bookmark: ['VALIDATION_FAILED'],
  range: ['RANGE_NOT_SATISFIABLE'],
} as const satisfies Record<string, ErrorCode[]>;

/** Every code that the route can answer: its own, and those that follow from what it takes and who may call it. */
export function errorsOf(route: DocumentedRoute, byAccess: ErrorsByAccess): ErrorCode[] {
  const limited = route.roles !== undefined && route.roles.length < roleSchema.options.length;
  const codes = new Set<ErrorCode>([
    'INTERNAL',
    ...(byAccess[route.access] ?? []),
    ...(limited ? (['FORBIDDEN'] as const) : []),
    ...(route.body ? BODY_ERRORS : []),
    ...(route.query ? (['VALIDATION_FAILED'] as const) : []),
    ...(route.list ? (['VALIDATION_FAILED', 'CURSOR_INVALID'] as const) : []),
    ...(route.takes ?? []).flatMap((header) => HEADER_ERRORS[header]),
    ...(route.errors ?? []),
  ]);
  return [...codes].sort();
}
