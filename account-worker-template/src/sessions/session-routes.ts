import { credentialsSchema, refreshSchema } from '#shared-schema/control/control-calls.ts';
import { externalLoginSchema } from '#shared-schema/control/people-calls.ts';
import type { RouteDescription } from '#shared-schema/openapi/route-description.ts';
import { CONTROL_CALL_ERRORS } from '../control/control-call-errors.ts';
import { session } from './session-schema.ts';

export const logInRoute: RouteDescription = {
  name: 'logIn',
  tag: 'sessions',
  summary: 'Log in',
  description:
    'Limited by the minute, for each user and address. Takes no Idempotency-Key: logging in twice only makes two sessions.',
  body: { name: 'Credentials', schema: credentialsSchema },
  answers: { 201: { description: 'A session of 30 days, longer with each refresh.', body: session } },
  errors: ['INVALID_CREDENTIALS', 'RATE_LIMITED', ...CONTROL_CALL_ERRORS],
};

export const logInExternallyRoute: RouteDescription = {
  name: 'logInExternally',
  tag: 'sessions',
  summary: 'Log in with an ID token',
  description:
    'An ID token (OpenID Connect) of an issuer that the operator trusts, with a verified `email` that is the address of an active user. A bad token and an unknown user answer alike. Limited by the minute, for each user and address.',
  body: { name: 'ExternalLogin', schema: externalLoginSchema },
  answers: { 201: { description: 'A session of 30 days, longer with each refresh.', body: session } },
  errors: ['INVALID_CREDENTIALS', 'ISSUER_UNAVAILABLE', 'RATE_LIMITED', ...CONTROL_CALL_ERRORS],
};

export const refreshRoute: RouteDescription = {
  name: 'refreshSession',
  tag: 'sessions',
  summary: 'Go on with a session',
  description:
    'The refresh token sent is used up and the next one answered. Where the answer is lost, the same token may be sent again for 30 seconds; later, that ends the session.',
  body: { name: 'Refresh', schema: refreshSchema },
  answers: { 200: { description: 'New tokens.', body: session } },
  errors: ['REFRESH_TOKEN_INVALID', ...CONTROL_CALL_ERRORS],
};
