/** The wake-up: a message that means "look at this job now" and holds little more than its id. */
import { read } from './error-text.ts';
import { isJobId } from './ids.ts';

/** @returns the body of the message */
export function encodeWakeUp(jobId: string): string {
  return JSON.stringify({ v: 1, id: jobId });
}

/** @returns the job's id, or undefined if the body is not a wake-up of this engine */
export function decodeWakeUp(body: string): string | undefined {
  try {
    const message: unknown = JSON.parse(body);
    const id = read(message, 'id');
    return read(message, 'v') === 1 && typeof id === 'string' && isJobId(id) ? id : undefined;
  } catch {
    return undefined;
  }
}
