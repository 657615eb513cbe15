/** Where tests control the cloud, on the API's own port and with its token. */
export const CONTROL_PATH = '/local-cloud';
