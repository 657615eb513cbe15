import { ApiError } from './api-error.ts';

/** Paging of a list, as Cloudflare answers it. */
export interface ResultInfo {
  page: number;
  per_page: number;
  count: number;
  total_count: number;
}

/** Cloudflare's envelope around a result. */
export function envelope(result: unknown, resultInfo?: ResultInfo): Record<string, unknown> {
  return {
    success: true,
    errors: [],
    messages: [],
    result,
    ...(resultInfo === undefined ? {} : { result_info: resultInfo }),
  };
}

/** Cloudflare's envelope around an error. An error that is not an ApiError is logged and answered without its text. */
export function errorResponse(error: unknown): Response {
  if (!(error instanceof ApiError)) console.error(error);
  return failureResponse(
    error instanceof ApiError
      ? error
      : new ApiError('INTERNAL', 'Internal error: see the log of the local cloud.'),
  );
}

/** What a failed call is answered with. */
export interface Failure {
  status: number;
  code: number;
  message: string;
  retry_after_s?: number | undefined;
}

/** Cloudflare's envelope around a failure. */
export function failureResponse({ status, code, message, retry_after_s }: Failure): Response {
  const headers: HeadersInit = retry_after_s === undefined ? {} : { 'retry-after': String(retry_after_s) };
  const body = { success: false, errors: [{ code, message }], messages: [], result: null };
  return Response.json(body, { status, headers });
}
