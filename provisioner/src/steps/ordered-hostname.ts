import * as z from 'zod';
import type { StepSubject } from '../operations/operation-step.ts';
import type { HostnameRow } from '../registry/hostnames.ts';

/** What an order about one hostname of an account is given. */
const inputSchema = z.object({ hostname: z.string() });

/** The hostname that the operation is about: the write that began it saw to the row. */
export function orderedHostname({ hostnames, input, operationId }: StepSubject): HostnameRow {
  const { hostname } = inputSchema.parse(input);
  const row = hostnames.find((one) => one.hostname === hostname);
  if (!row)
    throw new TypeError(`Operation ${operationId} is about ${hostname}, which its account does not have.`);
  return row;
}
