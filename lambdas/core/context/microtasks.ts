/** Enough for the `await`s and `Promise.all`s that lie between one call of a worker's code and its next. */
const maxAwaits = 50;

/** Lets code whose promises have settled run on to its next call, without letting time pass. */
export async function runReadyCode(): Promise<void> {
  for (let i = 0; i < maxAwaits; i++) await undefined;
}
