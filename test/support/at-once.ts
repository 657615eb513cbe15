/** More requests at once than this, and a busy machine closes sockets under them. */
const WORKERS = 50;

/** Does the work so many times, 50 at once, and gives what came of each. */
export async function timesAtOnce<Result>(
  times: number,
  work: (number: number) => Promise<Result>,
): Promise<PromiseSettledResult<Result>[]> {
  const outcomes: PromiseSettledResult<Result>[] = [];
  let next = 0;
  const worker = async () => {
    for (let number = next++; number < times; number = next++) {
      outcomes.push(...(await Promise.allSettled([work(number)])));
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  return outcomes;
}
