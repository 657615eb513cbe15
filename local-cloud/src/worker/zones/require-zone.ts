import { ApiError } from '../api/api-error.ts';
import type { Env, Zone } from '../env.ts';

/** The zone of this id, or `ZONE_NOT_FOUND`. */
export function requireZone(env: Env, id: string): Zone {
  const zone = env.ZONES.find((candidate) => candidate.id === id);
  if (zone !== undefined) return zone;
  throw new ApiError(
    'ZONE_NOT_FOUND',
    `Could not route to /client/v4/zones/${id}, perhaps your object identifier is invalid?`,
  );
}
