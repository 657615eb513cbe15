import { signupSchema } from '#shared-schema/accounts/account.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { hashPassword } from '#shared-schema/hashing/password-hash.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { clientAddress } from '../http/client-address.ts';
import { idempotentRequest } from '../http/idempotent-request.ts';
import { ACCEPTED } from '../http/named-schemas.ts';
import type { PlatformRoute } from '../http/routes.ts';
import { startWorkflow } from '../operations/start-workflow.ts';
import type { Platform } from '../platform.ts';
import { refillPool } from '../pool/refill-pool.ts';
import { createAccount } from './create-account.ts';
import { finishSignup } from './finish-signup.ts';
import { refuseReservedSlug } from './slug-refusals.ts';

export const signUpRoute: PlatformRoute = {
  name: 'signUp',
  tag: 'accounts',
  summary: 'Sign up',
  description: 'The account will be made from here on, whatever happens. Follow its operation at `Location`.',
  body: {
    name: 'Signup',
    schema: signupSchema,
    example: {
      name: 'Hart & Stone',
      slug: 'hart-stone',
      owner: { name: 'Ann Hart', email: 'ann@hart-stone.example', password: 'correct horse battery' },
    },
  },
  takes: ['idempotency-key'],
  answers: {
    201: {
      description: 'The account is active: a stack was ready for it.',
      body: ACCEPTED,
      headers: ['Location', 'idempotency-replayed'],
    },
    202: {
      description: 'The account, and the operation that makes it.',
      body: ACCEPTED,
      headers: ['Location', 'idempotency-replayed'],
    },
  },
  errors: ['RATE_LIMITED', 'SLUG_RESERVED', 'SLUG_TAKEN', 'NO_RELEASE', 'REGISTRY_UNAVAILABLE'],
  handler: ({ env: { platform, requestId }, req, executionCtx }) =>
    signUp(platform, req.raw, requestId, (work) => executionCtx.waitUntil(work)),
};

/**
 * `POST /accounts`: `{account, operation}` and where to follow the operation; 201 where the account is active already, for a
 * stack was ready, else 202.
 *
 * Errors: `RATE_LIMITED`, `VALIDATION_FAILED`, `SLUG_RESERVED`, `SLUG_TAKEN`, `NO_RELEASE`, `IDEMPOTENCY_KEY_REUSED` and
 * those of every JSON body.
 */
async function signUp(
  platform: Platform,
  request: Request,
  requestId: string,
  keepAlive: (work: Promise<unknown>) => void,
): Promise<Response> {
  const allowed = await platform.env.SIGNUP_LIMIT.limit({ key: clientAddress(request) });
  if (!allowed.success) throw new PlatformError('RATE_LIMITED', { retryAfterMs: 60_000 });
  const signup = await readJsonBody(request, signupSchema);
  refuseReservedSlug(signup.slug);
  const idempotent = await idempotentRequest(request, signup, platform.now());
  const { answer, operationId, warm } = await createAccount(platform, {
    signup,
    passwordHash: await hashPassword(signup.owner.password),
    idempotent,
    requestId,
  });
  if (operationId === null) return answer;
  if (warm) {
    keepAlive(refillPool(platform, requestId));
    const active = await finishSignup(platform, operationId, idempotent, requestId);
    if (active) return active;
  }
  await startWorkflow(platform, operationId, requestId);
  return answer;
}
