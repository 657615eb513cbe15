import type { Stack } from '#shared-schema/stacks/stack.ts';

/** What every account Worker is told about the platform: issuer and public keys. */
export interface PlatformFacts {
  readonly issuer: string;
  readonly publicKeys: string;
}

type Facts = Pick<Stack, 'id' | 'release_id'>;

/** The plain texts that the stack's Worker is bound with, by binding name: all that it has besides its database. */
export function accountWorkerTexts({ id, release_id }: Facts, platform: PlatformFacts) {
  return {
    STACK_ID: id,
    RELEASE_ID: release_id,
    PLATFORM_ISSUER: platform.issuer,
    PLATFORM_KEYS: platform.publicKeys,
  };
}

export function accountWorkerTags({ id, release_id }: Facts): string[] {
  return [`stack:${id}`, `release:${release_id}`];
}
