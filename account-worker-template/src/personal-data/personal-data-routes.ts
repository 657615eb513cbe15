import type { Hono } from 'hono';
import { type AppEnv, userRoutes } from '../http/routes.ts';
import { eraseClient } from './erase-client.ts';
import { exportClient } from './export-client.ts';

/** What clients have besides the routes of every entity. */
export function personalDataRoutes(app: Hono<AppEnv>): void {
  userRoutes(app, '/clients/:id/export', { GET: exportClient });
  userRoutes(app, '/clients/:id/erase', { POST: eraseClient });
}
