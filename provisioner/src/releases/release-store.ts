import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import {
  type Release,
  type ReleaseBundle,
  type ReleaseDetail,
  releaseBundleSchema,
  releaseDetailSchema,
  releaseSchema,
} from '#shared-schema/releases/release.ts';
import { bundleText, releaseId } from '#shared-schema/releases/release-id.ts';
import { requirePublishable } from '#shared-schema/releases/require-publishable.ts';
import { workerSize } from '#shared-schema/releases/worker-size.ts';
import { stackStatusSchema } from '#shared-schema/stacks/stack.ts';
import { LATEST_RELEASE } from '../registry/latest-release.ts';

const IN_USE = JSON.stringify(stackStatusSchema.exclude(['retired']).options);

/** Releases: the bundle in R2 under its id, what it is in the registry. A bundle never changes, so isolates keep it. */
export class ReleaseStore {
  readonly #registry: D1Database;
  readonly #bucket: R2Bucket;
  readonly #bundles = new Map<string, ReleaseBundle>();

  constructor(registry: D1Database, bucket: R2Bucket) {
    this.#registry = registry;
    this.#bucket = bucket;
  }

  /**
   * Stores a bundle under the id that its contents give it and makes it the current release: the one that new stacks get.
   * The current release itself changes nothing. `after` is the release it was tested against, where the caller says so.
   *
   * Errors: as {@link requirePublishable}; `RELEASE_OVERTAKEN` where another release than `after` is current, or became so
   * meanwhile.
   */
  async publish(bundle: ReleaseBundle, now: number, after?: string): Promise<Release> {
    const current = await this.#current();
    const text = bundleText(bundle);
    const id = await releaseId(bundle);
    if (current?.id === id) return current;
    if (after !== undefined && after !== current?.id) throw overtaken(current?.id);
    await requirePublishable(bundle, current && (await this.bundle(current.id)));
    await this.#bucket.put(objectKey(id), text);
    const published = await this.#registry
      .prepare(
        `INSERT INTO releases (id, schema_version, size_bytes, created_at, current_since)
         SELECT ?1, ?2, ?3, ?4, ?4 WHERE ${LATEST_RELEASE} IS ?5
         ON CONFLICT (id) DO UPDATE SET current_since = excluded.current_since RETURNING *`,
      )
      .bind(id, bundle.schema_version, text.length, now, current?.id ?? null)
      .first();
    if (published === null) throw overtaken((await this.#current())?.id);
    return releaseSchema.parse(published);
  }

  /** The release with what is in it, and how many stacks run it. Error: `RELEASE_NOT_FOUND`. */
  async detail(id: string): Promise<ReleaseDetail> {
    const row = await this.#registry
      .prepare(
        `SELECT *, id = ${LATEST_RELEASE} AS is_current, (SELECT count(*) FROM stacks
           WHERE observed_release_id = releases.id AND status IN (SELECT value FROM json_each(?))) AS stacks
         FROM releases WHERE id = ?`,
      )
      .bind(IN_USE, id)
      .first();
    if (row === null) throw releaseNotFound(id);
    const bundle = await this.bundle(id);
    const sizes = await workerSize(bundle);
    return releaseDetailSchema.parse({
      ...{ ...row, ...sizes, is_current: row.is_current === 1 },
      migrations: bundle.migrations.map(({ name, checksum }) => ({ name, checksum })),
    });
  }

  /** The bundle of a release that was published. What a publication left behind that was overtaken is none. Error: `RELEASE_NOT_FOUND`. */
  async publishedBundle(id: string): Promise<ReleaseBundle> {
    const row = await this.#registry.prepare('SELECT id FROM releases WHERE id = ?').bind(id).first();
    if (row === null) throw releaseNotFound(id);
    return this.bundle(id);
  }

  async #current(): Promise<Release | null> {
    const row = await this.#registry.prepare(`SELECT * FROM releases WHERE id = ${LATEST_RELEASE}`).first();
    return row === null ? null : releaseSchema.parse(row);
  }

  /** Error: `RELEASE_NOT_FOUND`. */
  async bundle(id: string): Promise<ReleaseBundle> {
    const kept = this.#bundles.get(id);
    if (kept) return kept;
    const object = await this.#bucket.get(objectKey(id));
    if (!object) throw releaseNotFound(id);
    const bundle = releaseBundleSchema.parse(await object.json());
    this.#bundles.set(id, bundle);
    return bundle;
  }
}

function releaseNotFound(id: string): PlatformError {
  return new PlatformError('RELEASE_NOT_FOUND', { context: { release_id: id } });
}

function overtaken(current: string | undefined): PlatformError {
  return new PlatformError('RELEASE_OVERTAKEN', { context: { current_release_id: current ?? null } });
}

function objectKey(id: string): string {
  return `releases/${id}.json`;
}
