import { asPlatformError, errorResponse } from '#shared-schema/errors/error-envelope.ts';
import { validationFailed } from '#shared-schema/errors/platform-error.ts';
import { REQUEST_ID_HEADER, SECURITY_HEADERS } from '#shared-schema/http/headers.ts';
import type { Platform } from '../platform.ts';
import { accountAddress } from '../routing/account-address.ts';
import { serveAccount } from '../routing/serve-account.ts';
import { platformApp } from './platform-app.ts';

/** Answers any request: an account's through its Worker, the platform's own here, and every failure as typed JSON. */
export async function handleRequest(platform: Platform, request: Request, context: ExecutionContext) {
  const requestId = crypto.randomUUID();
  try {
    const url = requestedUrl(request);
    const address = accountAddress(url, platform.hosts);
    if (address) {
      const keepAlive = (work: Promise<unknown>) => context.waitUntil(work);
      return secured(
        await serveAccount(platform, { request, url, address, requestId, keepAlive }),
        requestId,
      );
    }
    return secured(await platformApp.fetch(request, { platform, requestId }, context), requestId);
  } catch (thrown) {
    logFailure(thrown, requestId);
    return secured(errorResponse(thrown, requestId), requestId);
  }
}

/** Over plain HTTP any text may come as the Host header, and stands in the URL as it is. Error: `VALIDATION_FAILED`. */
function requestedUrl({ url }: Request): URL {
  if (!URL.canParse(url)) {
    throw validationFailed({ field: 'host', message: 'This is not a host, or not one with a port.' });
  }
  return new URL(url);
}

/** Adds what every answer carries. An answer of an account Worker carries it already and is passed on untouched. */
function secured(response: Response, requestId: string): Response {
  if (isSecured(response, requestId)) return response;
  const answer = new Response(response.body, response);
  answer.headers.set(REQUEST_ID_HEADER, requestId);
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
    if (!answer.headers.has(name)) answer.headers.set(name, value);
  }
  return answer;
}

function isSecured({ headers }: Response, requestId: string): boolean {
  return headers.get(REQUEST_ID_HEADER) === requestId && headers.has('content-security-policy');
}

/** Only failures of ours are logged, never what the client got wrong: its requests are its own business. */
function logFailure(thrown: unknown, requestId: string): void {
  const error = asPlatformError(thrown);
  if (error.status < 500) return;
  const cause = error.cause instanceof Error ? error.cause.stack : undefined;
  console.error(JSON.stringify({ event: 'request-failed', request_id: requestId, code: error.code, cause }));
}
