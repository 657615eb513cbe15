import * as z from 'zod';
import { completePasswordResetSchema, passwordResetSchema } from '#shared-schema/control/people-calls.ts';
import type { RouteDescription } from '#shared-schema/openapi/route-description.ts';
import { CONTROL_CALL_ERRORS } from '../control/control-call-errors.ts';

export const requestPasswordResetRoute: RouteDescription = {
  name: 'requestPasswordReset',
  tag: 'passwords',
  summary: 'Ask for a link that sets a new password',
  description:
    'Answers the same whether or not a user has the address; where one has, the link is mailed to it. Limited by the minute, for each address.',
  body: { name: 'PasswordReset', schema: passwordResetSchema },
  answers: {
    202: {
      description: 'If a user has this address, a mail goes there.',
      body: { name: 'PasswordResetAccepted', schema: z.object({ status: z.literal('accepted') }) },
    },
  },
  errors: ['RATE_LIMITED'],
};

export const completePasswordResetRoute: RouteDescription = {
  name: 'completePasswordReset',
  tag: 'passwords',
  summary: 'Set a new password with a link',
  description: '`token` is what stands behind `#token=` in the link. It works once. Limited by the minute.',
  body: { name: 'PasswordResetCompletion', schema: completePasswordResetSchema },
  answers: { 204: { description: 'The new password holds, and all sessions of the user have ended.' } },
  errors: ['ONE_TIME_TOKEN_INVALID', 'RATE_LIMITED', ...CONTROL_CALL_ERRORS],
};
