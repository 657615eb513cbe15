import * as z from 'zod';

/** Cloudflare's quota (developers.cloudflare.com/fundamentals/api/reference/limits, November 2026): 1,200 calls in 5 minutes. */
const QUOTA = { limit: 1200, window_ms: 300_000 };

const pattern = z.string().refine(isPattern, 'Invalid pattern: write it as the pathname of a URLPattern');
const ms = z.number().int().min(0);

/** Which calls meet a fault. What is left out matches everything. */
const matching = {
  on: z.enum(['api', 'dispatch']).optional(),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
  /** Of the API, below `/client/v4/accounts/<account>`; of a dispatched request, its own. */
  path: pattern.optional(),
  /** Of a dispatched request: `<namespace>/<script>`. */
  script: pattern.optional(),
  /** Matching calls that pass first. */
  skip: z.number().int().min(0).default(0),
  /** Calls that meet the fault; null is all until the fault is removed. */
  count: z.number().int().min(1).nullable().default(1),
};

const failure = {
  ...matching,
  status: z.number().int().min(400).max(599).default(500),
  code: z.number().int().default(10002),
  message: z.string().default('A fault was asked for.'),
  retry_after_s: z.number().int().min(0).optional(),
};

/** What tests may ask for, of which calls. */
export const faultRuleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fail-before'), ...failure }),
  z.strictObject({ kind: z.literal('fail-after'), ...failure }),
  z.strictObject({ kind: z.literal('drop-before'), ...matching }),
  z.strictObject({ kind: z.literal('drop-after'), ...matching }),
  z.strictObject({ kind: z.literal('delay'), ...matching, ms }),
  z.strictObject({ kind: z.literal('hold-before'), ...matching }),
  z.strictObject({ kind: z.literal('hold-after'), ...matching }),
  z.strictObject({ kind: z.literal('lag'), ...matching, ms: ms.optional() }),
  z.strictObject({ kind: z.literal('linger'), ...matching, ms: ms.optional() }),
  z.strictObject({ kind: z.literal('unverified'), ...matching, ms: ms.optional() }),
]);

/** A checked {@link faultRuleSchema}. */
export type FaultRule = z.output<typeof faultRuleSchema>;

/** How many API calls are answered in how long; past it, none for as long again. Default is Cloudflare's own. */
export const quotaSchema = z.strictObject({
  limit: z.number().int().min(1).default(QUOTA.limit),
  window_ms: z.number().int().min(1).default(QUOTA.window_ms),
});

/** A checked {@link quotaSchema}. */
export type QuotaOptions = z.output<typeof quotaSchema>;

/** What faults are switched on with. */
export const faultOptionsSchema = z.strictObject({
  /** In force from the first call on. */
  rules: z.array(faultRuleSchema).default([]),
  quota: quotaSchema.optional(),
});

function isPattern(pathname: string): boolean {
  try {
    return new URLPattern({ pathname }) !== undefined;
  } catch {
    return false;
  }
}
