import { APIError } from 'cloudflare/core/error';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { CliError } from '../cli-error.ts';
import type { BootstrapStep } from './bootstrap-step.ts';

const AGAIN = 'Run it again: it goes on where it stopped.';

/** What a step threw, as what an operator can act on. */
export function explainFailure({ name, permission }: BootstrapStep, thrown: unknown): unknown {
  if (!(thrown instanceof PlatformError)) return thrown;
  const context = { step: name, ...thrown.context };
  const isRefused = thrown.context.status === 401 || thrown.context.status === 403;
  if (isRefused && permission !== undefined) {
    return new CliError({
      code: 'TOKEN_PERMISSION_MISSING',
      message: `The step ${name} was refused. It needs: ${permission}.`,
      next: 'Tick what is missing at https://dash.cloudflare.com/profile/api-tokens and run it again.',
      ...{ context, cause: thrown },
    });
  }
  const { cause } = thrown;
  const words =
    cause instanceof APIError && cause.status !== undefined ? ` Cloudflare says: ${cause.message}` : '';
  return new CliError({
    code: thrown.code,
    message: `${name}: ${thrown.message}${words}`,
    ...(thrown.retryable && { next: AGAIN }),
    ...{ context, cause: thrown },
  });
}
