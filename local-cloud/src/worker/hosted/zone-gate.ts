/** Answers a request in the Worker's place where its host leads nowhere. */
export type Gate = (request: Request) => Promise<Response | undefined>;

const LOOPBACK = /^(localhost|.+\.localhost|[\d.]+|\[[\da-f:.]+\])$/;

/**
 * The edge of a zone: lets pass what comes for the zone's own hosts, for this machine or for an active custom hostname.
 * All else is answered as Cloudflare does, with 530 and error 1016.
 */
export function zoneGate(edge: Fetcher, zone: { id: string; name: string }): Gate {
  return gate(edge, (hostname) =>
    hostname === zone.name || hostname.endsWith(`.${zone.name}`) ? undefined : `zones/${zone.id}/${hostname}`,
  );
}

/** The edge of all zones: lets pass what comes for this machine, and what the routes lead to the Worker. */
export function routeGate(edge: Fetcher, worker: string): Gate {
  return gate(edge, (hostname) => `workers/${worker}/${hostname}`);
}

/** `ask` gives the path at which the edge is asked of a host, or undefined where it is let through unasked. */
function gate(edge: Fetcher, ask: (hostname: string) => string | undefined): Gate {
  return async (request) => {
    // Over plain HTTP any text may come as the Host header: what is no host is the Worker's to refuse.
    if (!URL.canParse(request.url)) return undefined;
    const { hostname } = new URL(request.url);
    const path = LOOPBACK.test(hostname) ? undefined : ask(hostname);
    if (path === undefined || (await edge.fetch(`http://edge/${path}`)).ok) return undefined;
    return new Response('error code: 1016', { status: 530 });
  };
}
