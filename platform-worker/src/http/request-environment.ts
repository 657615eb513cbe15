import type { Platform } from '../platform.ts';

/** What every route of the platform's own is given. */
export interface RequestEnvironment {
  readonly Bindings: {
    readonly platform: Platform;
    readonly requestId: string;
  };
}
