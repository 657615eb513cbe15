import type { z } from 'zod';
import type { Account } from '#shared-schema/accounts/account.ts';
import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { readJsonBody, validate } from '#shared-schema/http/json-body.ts';
import type { NamedSchema } from '#shared-schema/openapi/route-description.ts';
import type { OperationKind } from '#shared-schema/operations/operation.ts';
import { requireAccount } from '../accounts/account-rows.ts';
import { replayFirstAnswer } from '../http/idempotency-store.ts';
import { idempotentRequest } from '../http/idempotent-request.ts';
import { ACCEPTED } from '../http/named-schemas.ts';
import type { PlatformRoute } from '../http/routes.ts';
import type { Platform } from '../platform.ts';
import { beginLifecycle, type LifecycleRequest } from './begin-lifecycle.ts';

export interface LifecycleRouteOptions<Input> {
  readonly kind: OperationKind;
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly errors?: readonly ErrorCode[];
  readonly body?: NamedSchema & { readonly schema: z.ZodType<Input> };
  /** What beginning takes and does besides. It throws where the input can be refused at once. */
  readonly prepare?: (
    platform: Platform,
    account: Account,
    input: Input,
    /** A parameter of the path. */
    path: (name: string) => string | undefined,
  ) => Preparation | Promise<Preparation>;
}

export type Preparation = Partial<
  Pick<LifecycleRequest, 'changes' | 'input' | 'noted' | 'newStackId' | 'condition' | 'alongside' | 'refusal'>
>;

/** A route by which an operator begins an operation of the kind on an account, named by id or slug in the path. */
export function lifecycleRoute<Input extends Readonly<Record<string, unknown>>>(
  options: LifecycleRouteOptions<Input>,
): PlatformRoute {
  const { kind, name, summary, description, errors = [], body, prepare } = options;
  return {
    ...{ name, summary, description, tag: 'admin: accounts' },
    ...(body && { body }),
    takes: ['idempotency-key'],
    answers: {
      202: {
        description: 'The account as it is from now on, and the operation.',
        body: ACCEPTED,
        headers: ['Location', 'idempotency-replayed'],
      },
    },
    errors: ['ACCOUNT_NOT_FOUND', 'ACCOUNT_STATUS_CONFLICT', 'OPERATION_IN_PROGRESS', ...errors],
    handler: async ({ env: { platform, requestId }, req }) => {
      const input = body ? await readInput(req.raw, body.schema) : ({} as Input); // without a body it has no fields
      const idempotent = await idempotentRequest(req.raw, input, platform.now());
      // Before the account is looked up: it may have another slug by now.
      const replayed = await replayFirstAnswer(platform.env.REGISTRY, idempotent);
      if (replayed) return replayed;
      const account = await requireAccount(platform, req.param('idOrSlug') ?? '');
      const prepared = (await prepare?.(platform, account, input, (name) => req.param(name))) ?? {};
      const lifecycle = { kind, account, input, idempotent, requestId, ...prepared };
      return beginLifecycle(platform, lifecycle);
    },
  };
}

/** No body at all is one that says nothing: a DELETE may lose its own on the way. */
async function readInput<Input>(request: Request, schema: z.ZodType<Input>): Promise<Input> {
  return request.body === null ? validate(schema, {}) : readJsonBody(request, schema);
}
