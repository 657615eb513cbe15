import { unstable_readConfig as readConfig } from 'wrangler';
import * as z from 'zod';

const hostedSchema = z.object({
  main: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()).default([]),
  vars: z.record(z.string(), z.json()).default({}),
  rules: z
    .array(
      z.object({
        type: z.enum(['ESModule', 'CommonJS', 'Text', 'Data', 'CompiledWasm']),
        globs: z.array(z.string()),
      }),
    )
    .default([])
    .transform((rules) => rules.map(({ type, globs }) => ({ type, include: globs }))),
  triggers: z.object({
    crons: z
      .array(z.string())
      .nullish()
      .transform((crons) => crons ?? []),
  }),
  d1_databases: z.array(
    z.object({
      binding: z.string(),
      database_name: z.string(),
      database_id: z.uuid('must be a uuid to be hosted locally'),
    }),
  ),
  r2_buckets: z.array(z.object({ binding: z.string(), bucket_name: z.string() })),
  dispatch_namespaces: z.array(z.object({ binding: z.string(), namespace: z.string() })),
  workflows: z.array(z.object({ binding: z.string(), name: z.string(), class_name: z.string() })),
  ratelimits: z.array(
    z.object({
      name: z.string(),
      namespace_id: z.string(),
      simple: z.object({ limit: z.number(), period: z.union([z.literal(10), z.literal(60)]) }),
    }),
  ),
  services: z
    .array(z.object({ binding: z.string(), service: z.string(), entrypoint: z.string().optional() }))
    .nullish()
    .transform((services) => services ?? []),
  durable_objects: z.object({ bindings: z.array(z.object({ name: z.string(), class_name: z.string() })) }),
  migrations: z.array(z.object({ new_sqlite_classes: z.array(z.string()).optional() })),
});

/** What of a Worker's config is honoured locally. */
export type WorkerConfig = z.infer<typeof hostedSchema>;

/** Reads a `wrangler.jsonc` with wrangler itself. Throws, naming file and field, when a part of it cannot be honoured. */
export function readWorkerConfig(configPath: string): WorkerConfig {
  const config = readConfig({ config: configPath }, { hideWarnings: true });
  const unhosted = [
    ...(config.kv_namespaces.length > 0 ? ['kv_namespaces'] : []),
    ...((config.queues.producers?.length ?? 0) + (config.queues.consumers?.length ?? 0) > 0
      ? ['queues']
      : []),
  ];
  if (unhosted.length > 0)
    throw new Error(`${configPath}: ${unhosted.join(', ')} cannot be hosted by the local cloud.`);
  const parsed = hostedSchema.safeParse(config);
  if (!parsed.success) throw new Error(`${configPath}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
