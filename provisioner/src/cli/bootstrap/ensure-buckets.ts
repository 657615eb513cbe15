import type { BootstrapStep } from './bootstrap-step.ts';

interface BucketAnswer {
  readonly jurisdiction?: string;
}

/**
 * The R2 buckets, each in its jurisdiction. A jurisdiction has names of its own, so a bucket of the same name elsewhere is
 * another bucket and in nobody's way.
 */
export const ensureBuckets: BootstrapStep = {
  name: 'buckets',
  permission: 'Account › Workers R2 Storage › Edit',
  look: async ({ account, config }) => {
    const missing: PlatformBucket[] = [];
    for (const bucket of config.r2_buckets) {
      const headers = { 'cf-r2-jurisdiction': bucket.jurisdiction };
      const found = await account.find<BucketAnswer>(`/r2/buckets/${bucket.bucket_name}`, headers);
      if (found === null) missing.push(bucket);
    }
    return {
      missing: missing.map(
        ({ bucket_name, jurisdiction }) => `the bucket ${bucket_name} in the jurisdiction ${jurisdiction}`,
      ),
      make: async () => {
        for (const { bucket_name, jurisdiction } of missing)
          await account.createBucket(bucket_name, jurisdiction);
      },
    };
  },
};

interface PlatformBucket {
  readonly bucket_name: string;
  readonly jurisdiction: string;
}
