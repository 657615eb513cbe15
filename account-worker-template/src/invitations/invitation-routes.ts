import type { Hono } from 'hono';
import { invitationEntity } from '../entities/invitation.ts';
import { type AppEnv, userRoutes } from '../http/routes.ts';
import { deleteRecord } from '../records/delete-record.ts';
import { listRecords } from '../records/list-records.ts';
import { readRecord } from '../records/read-record.ts';
import { createInvitation } from './create-invitation.ts';

/** An invitation is made, read and revoked, never changed. */
export function invitationRoutes(app: Hono<AppEnv>): void {
  userRoutes(app, '/invitations', {
    GET: (call) => listRecords(call, invitationEntity),
    POST: createInvitation,
  });
  userRoutes(app, '/invitations/:id', {
    GET: (call, id) => readRecord(call, invitationEntity, id),
    DELETE: (call, id) => deleteRecord(call, invitationEntity, id),
  });
}
