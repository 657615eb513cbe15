import { sha256Hex } from '../hashing/sha256.ts';
import { type ReleaseBundle, releaseBundleSchema } from './release.ts';

const RELEASE_ID_LENGTH = 16;

/** A bundle as it is stored: one text for equal contents. */
export function bundleText(bundle: ReleaseBundle): string {
  // The schema puts its fields in order.
  return JSON.stringify(releaseBundleSchema.parse(bundle));
}

/** The id that its contents give a bundle: the same build has the same one wherever it was made. */
export async function releaseId(bundle: ReleaseBundle): Promise<string> {
  return (await sha256Hex(bundleText(bundle))).slice(0, RELEASE_ID_LENGTH);
}
