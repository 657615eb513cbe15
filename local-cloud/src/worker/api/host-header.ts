/** Sent by the host itself: its calls are none of those that tests count and fail. */
export const HOST_HEADER = 'x-local-cloud-host';
