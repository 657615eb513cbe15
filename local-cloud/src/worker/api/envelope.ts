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
  const known =
    error instanceof ApiError
      ? error
      : new ApiError('INTERNAL', 'Internal error: see the log of the local cloud.');
  return Response.json(
    { success: false, errors: [{ code: known.code, message: known.message }], messages: [], result: null },
    { status: known.status },
  );
}
