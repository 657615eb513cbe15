/** Why there is no state to go back to. The message is for the caller of the API. */
export class TimeTravelError extends Error {
  override readonly name = 'TimeTravelError';
}
