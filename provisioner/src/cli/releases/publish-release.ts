import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { ListPage } from '#shared-schema/lists/list-statement.ts';
import { type Release, type ReleaseBundle, releaseBundleSchema } from '#shared-schema/releases/release.ts';
import { releaseId } from '#shared-schema/releases/release-id.ts';
import { requirePublishable } from '#shared-schema/releases/require-publishable.ts';
import { CliError } from '../cli-error.ts';
import type { PlatformClient } from '../platform-client.ts';
import { type Predecessor, tryRelease } from './try-release.ts';

/**
 * Tries the release against the one that is current, and publishes it where it held. One that is current already is
 * left as it is.
 *
 * Errors: as {@link tryRelease} and the platform's own.
 */
export async function publishRelease(
  platform: PlatformClient,
  bundle: ReleaseBundle,
  progress: (message: string) => void,
): Promise<Release> {
  const current = await readCurrent(platform);
  if (current?.release.id === (await releaseId(bundle))) {
    progress('It is the current release already: nothing was changed.');
    return current.release;
  }
  const predecessor = current && { id: current.release.id, bundle: current.bundle };
  await refuseEarly(bundle, predecessor);
  await tryRelease(bundle, predecessor, progress);
  const query = predecessor ? `?after=${predecessor.id}` : '';
  return platform.post<Release>(`/admin/releases${query}`, bundle);
}

async function readCurrent(platform: PlatformClient) {
  const page = await platform.get<ListPage<Release>>('/admin/releases?sort=-current_since&limit=1');
  const [release] = page.data;
  if (!release) return null;
  const bundle = releaseBundleSchema.parse(await platform.get(`/admin/releases/${release.id}/bundle`));
  return { release, bundle };
}

/** What the platform would refuse in the end is refused before anything is run. */
async function refuseEarly(bundle: ReleaseBundle, predecessor: Predecessor | null): Promise<void> {
  try {
    await requirePublishable(bundle, predecessor?.bundle ?? null);
  } catch (cause) {
    if (!(cause instanceof PlatformError)) throw cause;
    const { code, message, context } = cause;
    throw new CliError({ code, message, context, cause });
  }
}
