import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { sha256Hex } from '#shared-schema/hashing/sha256.ts';
import { type Release, type ReleaseBundle, releaseBundleSchema } from '#shared-schema/releases/release.ts';

const RELEASE_ID_LENGTH = 16;

/** Releases: the bundle in R2 under its id, what it is in the registry. A bundle never changes, so isolates keep it. */
export class ReleaseStore {
  readonly #registry: D1Database;
  readonly #bucket: R2Bucket;
  readonly #bundles = new Map<string, ReleaseBundle>();

  constructor(registry: D1Database, bucket: R2Bucket) {
    this.#registry = registry;
    this.#bucket = bucket;
  }

  /** Stores a bundle under the id that its contents give it and makes it the current release: the one that new stacks get. */
  async publish(bundle: ReleaseBundle, now: number): Promise<Release> {
    const text = JSON.stringify(bundle);
    const id = (await sha256Hex(text)).slice(0, RELEASE_ID_LENGTH);
    await this.#bucket.put(objectKey(id), text);
    const published = await this.#registry
      .prepare(
        `INSERT INTO releases (id, schema_version, size_bytes, created_at, current_since) VALUES (?1, ?2, ?3, ?4, ?4)
         ON CONFLICT (id) DO UPDATE SET current_since = excluded.current_since RETURNING created_at`,
      )
      .bind(id, bundle.schema_version, text.length, now)
      .first<{ created_at: number }>();
    return {
      ...{ id, schema_version: bundle.schema_version, size_bytes: text.length },
      created_at: published?.created_at ?? now,
    };
  }

  /** Error: `RELEASE_NOT_FOUND`. */
  async bundle(id: string): Promise<ReleaseBundle> {
    const kept = this.#bundles.get(id);
    if (kept) return kept;
    const object = await this.#bucket.get(objectKey(id));
    if (!object) throw new PlatformError('RELEASE_NOT_FOUND', { context: { release_id: id } });
    const bundle = releaseBundleSchema.parse(await object.json());
    this.#bundles.set(id, bundle);
    return bundle;
  }
}

function objectKey(id: string): string {
  return `releases/${id}.json`;
}
