import * as z from 'zod';

/**
 * How the API tests of a release are called, by whatever release comes after it: `node - <target as JSON>`, the program on
 * standard input. They send the headers with every request; the account is a new one, its owner {@link API_TEST_OWNER}.
 */
export interface ApiTestTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the program prints. `error` is null where the test passed. */
export const apiTestReportSchema = z.object({
  tests: z.array(z.object({ name: z.string(), error: z.string().nullable() })).min(1),
});
export type ApiTestReport = z.infer<typeof apiTestReportSchema>;

export const API_TEST_OWNER = { name: 'Ann Hart', email: 'owner@api-tests.example' } as const;
