import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { newSigningKey } from '#shared-schema/tokens/signing-key.ts';

const localSecretsSchema = z.object({
  admin_token: z.string(),
  cloudflare_account_id: z.string(),
  cloudflare_api_token: z.string(),
  /** The platform's secret SIGNING_KEYS. */
  signing_keys: z.string(),
});

/** What is made once for a local instance and kept: another token or key at each start would lock out who has the old. */
export type LocalSecrets = z.infer<typeof localSecretsSchema>;

export async function ensureLocalSecrets(dataDir: string): Promise<LocalSecrets> {
  const file = join(dataDir, 'secrets.json');
  const kept = await readIfThere(file);
  if (kept !== null) return localSecretsSchema.parse(JSON.parse(kept));
  const secrets: LocalSecrets = {
    admin_token: randomBytes(32).toString('base64url'),
    cloudflare_account_id: randomBytes(16).toString('hex'),
    cloudflare_api_token: randomBytes(32).toString('base64url'),
    signing_keys: JSON.stringify({ keys: [await newSigningKey(), await newSigningKey()] }),
  };
  await writePrivateFile(dataDir, 'secrets.json', secrets);
  return secrets;
}

/** Writes a JSON file that only this user may read, whole or not at all. */
export async function writePrivateFile(dataDir: string, name: string, value: unknown): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const unfinished = join(dataDir, `${name}.${process.pid}`);
  await writeFile(unfinished, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await rename(unfinished, join(dataDir, name));
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
