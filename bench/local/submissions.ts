/** What the measured callers send: jobs that write one row, at once or much later, one by one or in batches. The id of a job's row is its key. */

/**
 * Posts JSON, and again with the same key where the connection ends or the answer is `503`: what a caller does, since that does nothing twice.
 * @param key the idempotency key
 * @param isDone whether an answer's body needs no repetition
 * @returns the answer's body
 * @throws Error for another status than 200 and 202, and after the last try
 */
export async function post(url: string, body: object, key: string, isDone = (_: string) => true, tries = 5): Promise<string> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const again = () => post(url, body, key, isDone, tries - 1);
  let answer: Response;
  try {
    answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  } catch (error) {
    if (tries > 1) return again();
    throw error;
  }
  const text = await answer.text();
  if (answer.ok && isDone(text)) return text;
  if (tries > 1 && (answer.ok || answer.status === 503)) return again();
  throw new Error(`A submission was answered with ${answer.status}: ${text}`);
}

/** @returns a job that writes one row */
const oneRowJob = (id: string) => ({ type: 'write-batch', input: { table: 'scratch', operation: 'put', rows: [{ id }] } });

/** How long jobs wait that no worker should get while the bench runs. SQS delays messages by 15 minutes at most; the clock would wake a later job, without a message. */
export const waitSeconds = 840;

/** @returns the same job, which waits while its message is in the queue */
const waitingJob = (id: string) => ({ ...oneRowJob(id), delaySeconds: waitSeconds });

/** Submits a job that writes one row. @throws Error as `post` does */
export const submitOneRow = (url: string, id: string) => post(`${url}/v1/jobs`, oneRowJob(id), id);

/** Submits a job that waits. @throws Error as `post` does */
export const submitWaiting = (url: string, id: string) => post(`${url}/v1/jobs`, waitingJob(id), id);

/** Submits waiting jobs in one request. @param size 100 at most @throws Error where one of them is not accepted */
export async function submitBatch(url: string, name: string, size: number): Promise<void> {
  const jobs = Array.from({ length: size }, (_, n) => waitingJob(`${name}-${n}`));
  const isAccepted = (text: string) =>
    (JSON.parse(text) as { readonly results: readonly { readonly status: number }[] }).results.every(({ status }) => status < 300);
  await post(`${url}/v1/jobs/batch`, { jobs }, name, isAccepted);
}
