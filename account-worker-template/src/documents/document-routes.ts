import type { Hono } from 'hono';
import { type AppEnv, userRoutes } from '../http/routes.ts';
import { createVersion } from './create-version.ts';
import { listVersions } from './list-versions.ts';
import { readDownload } from './read-download.ts';

/** What documents have besides the routes of every entity. */
export function documentRoutes(app: Hono<AppEnv>): void {
  userRoutes(app, '/documents/:id/versions', { GET: listVersions, POST: createVersion });
  userRoutes(app, '/documents/:id/download', { GET: readDownload });
}
