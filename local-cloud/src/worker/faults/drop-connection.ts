/** Nothing listens on TCP port 1 (tcpmux) of any machine in use today, and nothing may fetch from one that does. */
const REFUSED = 'http://127.0.0.1:1/';

/**
 * Never answers: rejects with the one kind of error on which the runtime closes the client's connection without a
 * response, a connection of its own that was lost (workerd 1.20261117). Any other error is answered as 500.
 */
export async function dropConnection(): Promise<never> {
  const response = await fetch(REFUSED);
  throw new Error(`A connection was to be refused and answered ${response.status}.`);
}
