import * as z from 'zod';
import { timestampSchema, uuidSchema } from '../fields/fields.ts';

/** What can be wrong with a stack of the registry, and what is to be done. */
export const STACK_FINDINGS = {
  DATABASE_MISSING: 'Restore the account into a new stack. An empty database is never made in its place.',
  DATABASE_MISNAMED: 'Find out who made this database, then restore the account into a new stack.',
  DATABASE_JURISDICTION: 'Restore the account into a new stack: a jurisdiction is set at creation only.',
  DATABASE_SHARED: 'Suspend both accounts and find out whose database this is. Nothing repairs it.',
  IDENTITY_MISMATCH: 'Suspend the account and find out whose database this is. Nothing repairs it.',
  WORKER_MISSING: 'freehold audit --fix',
  WORKER_BINDINGS: 'freehold audit --fix',
  WORKER_TAGS: 'freehold audit --fix',
  WORKER_UNHEALTHY: 'freehold audit --fix',
  WORKER_SECRET: 'Change that secret where it comes from, then: freehold audit --fix',
  RELEASE_BEHIND: 'freehold audit --fix',
  SCHEMA_BEHIND: 'freehold audit --fix',
  SCHEMA_DRIFT:
    'Undo by hand what was changed by hand (wrangler d1 execute), or restore the account to before it. Nothing repairs it.',
} as const;

/** What lies in the cloud and belongs to nobody: under a name of ours, or beside our Workers. */
export const ORPHAN_FINDINGS = {
  ORPHAN_DATABASE: 'freehold audit --fix, once it is 24 hours old; what holds data stays.',
  ORPHAN_SCRATCH_DATABASE: 'freehold audit --fix, once it is 24 hours old.',
  ORPHAN_WORKER: 'freehold audit --fix, once it is 24 hours old.',
  UNKNOWN_WORKER:
    'Find out who uploaded this, and what it is bound to. Then delete it by hand: nothing removes it.',
} as const;

/** What to do about each kind of finding, in a sentence or as a command. */
export const FINDING_NEXT = { ...STACK_FINDINGS, ...ORPHAN_FINDINGS } as const;

export type StackFindingKind = keyof typeof STACK_FINDINGS;

export type OrphanKind = keyof typeof ORPHAN_FINDINGS;
export type FindingKind = StackFindingKind | OrphanKind;

/** What neither an upload nor a removal mends, and neither must cover up. */
export const BEYOND_REPAIR: readonly FindingKind[] = [
  'DATABASE_MISSING',
  'DATABASE_MISNAMED',
  'DATABASE_JURISDICTION',
  'DATABASE_SHARED',
  'IDENTITY_MISMATCH',
  'SCHEMA_DRIFT',
  'UNKNOWN_WORKER',
];

// The keys of the table above, and there is at least one.
export const findingKindSchema = z.enum(Object.keys(FINDING_NEXT) as [FindingKind, ...FindingKind[]]);

const details = z.record(z.string(), z.unknown());

/** Where registry and cloud disagree. `subject` is the stack's id, or the orphan: `database:<id>`, `worker:<namespace>/<name>@<created at>`. */
export const findingSchema = z.object({
  id: uuidSchema,
  kind: findingKindSchema,
  status: z.enum(['open', 'resolved']),
  subject: z.string(),
  stack_id: uuidSchema.nullable(),
  account_id: uuidSchema.nullable(),
  expected: details,
  seen: details,
  /** In how many surveys it was seen. */
  surveys: z.int(),
  first_seen_at: timestampSchema,
  last_seen_at: timestampSchema,
  resolved_at: timestampSchema.nullable(),
  next: z.string(),
});
export type Finding = z.infer<typeof findingSchema>;
