import type { ReleaseBundle } from '#shared-schema/releases/release.ts';

/** What every stack is made with. */
export const FIRST_RELEASE = '0123456789abcdef';
/** One after it, with a migration more. */
export const LATER_RELEASE = '1123456789abcdef';
/** Another after the first, with the same migration, whose Worker answers everything with 500. */
export const UNWELL_RELEASE = '2123456789abcdef';

const SCHEMAS: Readonly<Record<string, number>> = {
  [FIRST_RELEASE]: 7,
  [LATER_RELEASE]: 8,
  [UNWELL_RELEASE]: 8,
};

export const RELEASES: readonly string[] = Object.keys(SCHEMAS);

/** The schema that the release's Worker carries. */
export function schemaOf(releaseId: unknown): number {
  const schema = SCHEMAS[String(releaseId)];
  if (schema === undefined) throw new TypeError(`The simulation has no release ${releaseId}.`);
  return schema;
}

export function bundleOf(releaseId: string): ReleaseBundle {
  const schema_version = schemaOf(releaseId);
  return {
    ...{ main_module: 'index.js', compatibility_date: '2026-11-01', compatibility_flags: [], schema_version },
    migrations: Array.from({ length: schema_version }, (_, position) => ({
      ...{ name: `000${position + 1}_migration.sql`, sql: 'SELECT 1', checksum: '0'.repeat(64) },
    })),
    modules: [{ name: 'index.js', type: 'esm', content: 'export default {}' }],
    api_tests: 'none',
  };
}
