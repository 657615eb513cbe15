import { createHash, createHmac } from 'node:crypto';
import { join } from 'node:path';

const UNIQUE_KEY = 'miniflare-D1DatabaseObject';

/**
 * Where Miniflare keeps the D1 database it knows by `name`: in a file named for the Durable Object's id, which workerd
 * derives from class and name (workerd, `server/server.c++`, `idFromName`; tried with 1.20261117).
 */
export function databaseFile(dataDir: string, name: string): string {
  const key = createHash('sha256').update(UNIQUE_KEY).digest();
  const nameDigest = createHmac('sha256', key).update(name).digest().subarray(0, 16);
  const check = createHmac('sha256', key).update(nameDigest).digest().subarray(0, 16);
  return join(dataDir, 'd1', UNIQUE_KEY, `${Buffer.concat([nameDigest, check]).toString('hex')}.sqlite`);
}
