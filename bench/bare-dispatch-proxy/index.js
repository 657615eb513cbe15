/** The least that a dispatching Worker can do: no registry, no token, no header touched. The peer of the platform. */
export default {
  fetch(request, env) {
    return env.DISPATCHER.get(request.headers.get('x-worker')).fetch(request);
  },
};
