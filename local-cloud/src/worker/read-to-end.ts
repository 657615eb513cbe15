/**
 * Reads what a handler left unread of a request's body. The runtime closes the connection under a client that is still
 * sending when the answer comes first; Cloudflare's edge does not. A body that `response` streams back is left alone.
 */
export async function readToEnd(request: Request, response?: Response): Promise<void> {
  const { body } = request;
  if (body === null || request.bodyUsed || body.locked || response?.body === body) return;
  // A client that gave up meanwhile needs no answer.
  await body.pipeTo(new WritableStream()).catch(() => undefined);
}
