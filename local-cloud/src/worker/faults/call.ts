/** A call that the API or the dispatcher was asked for. */
export interface Call {
  on: 'api' | 'dispatch';
  method: string;
  /** Of the API: without `/client/v4` and the account. */
  path: string;
  /** With its `?`, or empty. */
  query: string;
  /** `<namespace>/<script>`; null for the API. */
  script: string | null;
}

/** A request to the API as a {@link Call}. */
export function apiCall(request: Request): Call {
  const { pathname, search } = new URL(request.url);
  const path = pathname.replace(/^\/client\/v4(\/accounts\/[^/]+(?=\/))?/, '');
  return { on: 'api', method: request.method, path, query: search, script: null };
}

/** A request to a script as a {@link Call}. */
export function dispatchCall(request: Request, script: string): Call {
  const { pathname, search } = new URL(request.url);
  return { on: 'dispatch', method: request.method, path: pathname, query: search, script };
}
