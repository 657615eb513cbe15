import * as z from 'zod';
import { ApiError } from '../api/api-error.ts';
import type { Env } from '../env.ts';
import type { DatabasePlace } from './database-binding.ts';

/** Where to go back to. The timestamp in milliseconds since the Unix epoch. */
export interface RestoreTarget {
  bookmark?: string | undefined;
  timestamp?: number | undefined;
}

const nothing = z.object({});
const failure = z.object({ message: z.string() });
const bookmark = z.object({ bookmark: z.string() });
const restored = z.object({ exact: z.boolean(), seenAt: z.number().optional() });
const moved = z.object({ bookmark: z.string(), previousBookmark: z.string() });

/** Tells the host which databases there are; histories of others are removed. */
export async function trackDatabases(env: Env, databases: DatabasePlace[]): Promise<void> {
  await call(env, { call: 'trackAll', databases }, nothing);
}

/** Tells the host of a new database. */
export async function trackDatabase(env: Env, { uuid, slot }: DatabasePlace): Promise<void> {
  await call(env, { call: 'track', uuid, slot }, nothing);
}

/** Ensures that nothing is left of a database's history. */
export async function forgetDatabase(env: Env, uuid: string): Promise<void> {
  await call(env, { call: 'forget', uuid }, nothing);
}

/** The bookmark of the present state, or of the last one seen at or before `timestamp`. */
export async function readBookmark(env: Env, uuid: string, timestamp?: number): Promise<string> {
  return (await call(env, { call: 'bookmark', uuid, timestamp }, bookmark)).bookmark;
}

/** Puts a past state into a slot that was never opened. */
export async function fillSlot(env: Env, uuid: string, slot: number, target: RestoreTarget) {
  return await call(env, { call: 'prepareRestore', uuid, slot, ...target }, restored);
}

/** Tells the host that a database lies in another slot, and answers the bookmarks before and after. */
export async function recordMove(env: Env, uuid: string, slot: number) {
  return await call(env, { call: 'moved', uuid, slot }, moved);
}

/** Refuses with `DATABASE_PROPERTY_INVALID` where the host holds no such state. */
async function call<T>(env: Env, body: Record<string, unknown>, schema: z.ZodType<T>): Promise<T> {
  const response = await env.TIME_TRAVEL.fetch('http://host/', {
    method: 'POST',
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  if (response.status === 404) throw new ApiError('DATABASE_PROPERTY_INVALID', failure.parse(answer).message);
  if (!response.ok) throw new Error(`The host answered ${response.status} to ${String(body.call)}.`);
  return schema.parse(answer);
}
