import { getOneMessage, sendMessage } from 'execa';
import { type DriverPlace, driverPlatform } from './driver-platform.ts';
import { drive, type Order, place } from './orders.ts';

export interface ChildOrder {
  readonly place: DriverPlace;
  readonly order: Order;
  /** What its clock says at first, in milliseconds since the Unix epoch. */
  readonly now: number;
}

// A process that places one order and drives its operation, to be killed at any call.
const told = (await getOneMessage()) as unknown as ChildOrder; // what crash-point.ts sends
const clock = { now: told.now };
const platform = driverPlatform(told.place, clock);
const operationId = await place(platform, told.order);
if (operationId !== null) await drive(platform, operationId, clock);
await sendMessage('done');
process.exit();
