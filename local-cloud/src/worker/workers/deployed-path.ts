/** Below `/client/v4`, where the host asks what ordinary Workers run. */
export const DEPLOYED_PATH = '/local-cloud/deployed';
