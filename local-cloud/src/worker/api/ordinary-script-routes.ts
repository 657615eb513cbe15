import { Hono } from 'hono';
import type { Env } from '../env.ts';
import { ApiError } from './api-error.ts';

/** Ordinary Workers are hosted by configuration, never by the API; wrangler asks all the same before it deploys. */
export const ordinaryScriptRoutes = new Hono<{ Bindings: Env }>().get('/:name{.+}', () => {
  throw new ApiError('SCRIPT_NOT_FOUND', 'This Worker does not exist on your account.');
});
