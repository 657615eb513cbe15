import { signupSchema } from '#shared-schema/accounts/account.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { hashPassword } from '#shared-schema/hashing/password-hash.ts';
import { idempotencyKey, requestFingerprint } from '#shared-schema/http/idempotency.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { clientAddress } from '../http/client-address.ts';
import { ACCEPTED } from '../http/named-schemas.ts';
import type { PlatformRoute } from '../http/routes.ts';
import { startWorkflow } from '../operations/start-workflow.ts';
import type { Platform } from '../platform.ts';
import { createAccount } from './create-account.ts';
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
    202: {
      description: 'The account, and the operation that makes it.',
      body: ACCEPTED,
      headers: ['Location', 'idempotency-replayed'],
    },
  },
  errors: ['RATE_LIMITED', 'SLUG_RESERVED', 'SLUG_TAKEN', 'NO_RELEASE', 'REGISTRY_UNAVAILABLE'],
  handler: ({ env: { platform, requestId }, req }) => signUp(platform, req.raw, requestId),
};

/**
 * `POST /accounts`: 202 with `{account, operation}` and where to follow the operation.
 *
 * Errors: `RATE_LIMITED`, `VALIDATION_FAILED`, `SLUG_RESERVED`, `SLUG_TAKEN`, `NO_RELEASE`, `IDEMPOTENCY_KEY_REUSED` and
 * those of every JSON body.
 */
async function signUp(platform: Platform, request: Request, requestId: string): Promise<Response> {
  const allowed = await platform.env.SIGNUP_LIMIT.limit({ key: clientAddress(request) });
  if (!allowed.success) throw new PlatformError('RATE_LIMITED', { retryAfterMs: 60_000 });
  const key = idempotencyKey(request.headers);
  const signup = await readJsonBody(request, signupSchema);
  refuseReservedSlug(signup.slug);
  const { answer, operationId } = await createAccount(platform, {
    signup,
    passwordHash: await hashPassword(signup.owner.password),
    idempotent: {
      key: key && `POST /accounts ${key}`,
      fingerprint: await requestFingerprint('POST', '/accounts', signup),
      now: platform.now(),
    },
    requestId,
  });
  if (operationId !== null) await startWorkflow(platform, operationId, requestId);
  return answer;
}
