import { type Request, Response } from 'miniflare';
import * as z from 'zod';
import { slotName } from '../cloud-worker.ts';
import type { TimeTravel } from './time-travel.ts';
import { TimeTravelError } from './time-travel-error.ts';

/** It names a folder, and a hosted Worker's config may give any text. */
const uuid = z.string().regex(/^[\w-]+$/);
const slot = z.number().int().nullable();
const target = { bookmark: z.string().optional(), timestamp: z.number().optional() };

const callSchema = z.discriminatedUnion('call', [
  z.object({ call: z.literal('trackAll'), databases: z.array(z.object({ uuid, slot })) }),
  z.object({ call: z.literal('track'), uuid, slot }),
  z.object({ call: z.literal('forget'), uuid }),
  z.object({ call: z.literal('bookmark'), uuid, timestamp: z.number().optional() }),
  z.object({ call: z.literal('prepareRestore'), uuid, slot: z.number().int(), ...target }),
  z.object({ call: z.literal('moved'), uuid, slot: z.number().int() }),
]);

/** Answers the calls of the cloud Worker's `d1/time-travel-client.ts`. A state that is not there answers 404. */
export function timeTravelService(timeTravel: TimeTravel): (request: Request) => Promise<Response> {
  return async (request) => {
    try {
      return Response.json(await answer(timeTravel, callSchema.parse(await request.json())));
    } catch (error) {
      if (error instanceof TimeTravelError) return Response.json({ message: error.message }, { status: 404 });
      process.stderr.write(`local-cloud: ${error instanceof Error ? error.stack : String(error)}\n`);
      return new Response(null, { status: 500 });
    }
  };
}

async function answer(timeTravel: TimeTravel, body: z.infer<typeof callSchema>): Promise<unknown> {
  switch (body.call) {
    case 'trackAll': {
      const databases = body.databases.map((one) => ({ database: one.uuid, place: placeOf(one) }));
      await timeTravel.trackAll(databases);
      return {};
    }
    case 'track':
      await timeTravel.track(body.uuid, placeOf(body));
      return {};
    case 'forget':
      await timeTravel.forget(body.uuid);
      return {};
    case 'bookmark':
      return { bookmark: await timeTravel.bookmark(body.uuid, body.timestamp) };
    case 'prepareRestore':
      return await timeTravel.prepareRestore(body.uuid, placeOf(body), body);
    case 'moved':
      return await timeTravel.moved(body.uuid, placeOf(body));
  }
}

/** The name that Miniflare knows a database by: its slot's, or its own where a hosted Worker declares it. */
function placeOf({ uuid, slot }: { uuid: string; slot: number | null }): string {
  return slot === null ? uuid : slotName(slot);
}
