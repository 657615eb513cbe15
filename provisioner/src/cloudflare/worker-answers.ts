import * as z from 'zod';

/** A Worker as the list of its namespace shows it. */
export interface ListedWorker {
  readonly name: string;
  readonly createdAt: string;
  /** Null where the list does not tell them. */
  readonly tags: readonly string[] | null;
}

export interface WorkerBinding {
  readonly type: string;
  readonly name: string;
  readonly database_id?: string | undefined;
  readonly text?: string | undefined;
}

export interface AccountWorkerSettings {
  readonly bindings: readonly WorkerBinding[];
  readonly tags: readonly string[];
}

/** The published schema wraps each script, Cloudflare's own example reads them flat (November 2026): both are taken. */
const listedSchema = z
  .union([
    z.object({
      script: z.object({ id: z.string(), tags: z.array(z.string()).nullish() }),
      created_on: z.string(),
    }),
    z
      .object({ id: z.string(), tags: z.array(z.string()).nullish(), created_on: z.string() })
      .transform(({ created_on, ...script }) => ({ script, created_on })),
  ])
  .transform(({ script, created_on }) => ({
    name: script.id,
    createdAt: created_on,
    tags: script.tags ?? null,
  }));

const listSchema = z.object({ result: z.array(listedSchema) });
const workerSchema = z.object({ result: z.object({ created_on: z.string() }) });
const settingsSchema = z.object({
  result: z.object({
    bindings: z.array(
      z.object({
        type: z.string(),
        name: z.string(),
        database_id: z.string().optional(),
        text: z.string().optional(),
      }),
    ),
    tags: z
      .array(z.string())
      .nullish()
      .transform((tags) => tags ?? []),
  }),
});

export function toListedWorkers(answer: unknown): ListedWorker[] {
  return listSchema.parse(answer).result;
}

export function toWorkerCreatedAt(answer: unknown): string {
  return workerSchema.parse(answer).result.created_on;
}

export function toSettings(answer: unknown): AccountWorkerSettings {
  return settingsSchema.parse(answer).result;
}
