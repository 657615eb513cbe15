import { SCRIPT_HEADER } from '../dispatch/script-header.ts';

/** What a hosted Worker finds in its env under the binding of a dispatch namespace. */
export interface DispatchNamespace {
  get(name: string, args?: Record<string, unknown>, options?: unknown): { fetch: typeof fetch };
}

/** A dispatch namespace on a service binding to the dispatcher. Arguments and limits of `get` are not enforced. */
export function dispatchNamespace(dispatcher: Fetcher, namespace: string): DispatchNamespace {
  return {
    get: (name) => ({
      fetch(input, init) {
        const request = new Request(input, init);
        request.headers.set(SCRIPT_HEADER, `${namespace}/${name}`);
        return dispatcher.fetch(request);
      },
    }),
  };
}
