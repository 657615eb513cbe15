import { findConnection } from './connection.ts';
import { PlatformClient } from './platform-client.ts';

/** The platform that this command line speaks to. Error: `NOT_CONNECTED`. */
export function connect(): PlatformClient {
  return new PlatformClient(findConnection(process.env, process.cwd()));
}
