/** Answers a request in the Worker's place where its host leads nowhere. */
export type Gate = (request: Request) => Promise<Response | undefined>;

const LOOPBACK = /^(localhost|.+\.localhost|[\d.]+|\[[\da-f:.]+\])$/;

/**
 * The edge of a zone: lets pass what comes for the zone's own hosts, for this machine or for an active custom hostname.
 * All else is answered as Cloudflare does, with 530 and error 1016.
 */
export function zoneGate(edge: Fetcher, zone: { id: string; name: string }): Gate {
  return async (request) => {
    // Over plain HTTP any text may come as the Host header: what is no host is the Worker's to refuse.
    if (!URL.canParse(request.url)) return undefined;
    const { hostname } = new URL(request.url);
    if (LOOPBACK.test(hostname) || hostname === zone.name || hostname.endsWith(`.${zone.name}`)) {
      return undefined;
    }
    const { ok } = await edge.fetch(`http://edge/${zone.id}/${hostname}`);
    return ok ? undefined : new Response('error code: 1016', { status: 530 });
  };
}
