/** The wake-up: a message that means "look at this job now" and holds little more than its id. */
import { isJobId } from './ids.ts';

/** @returns the body of the message */
export function encodeWakeUp(jobId: string): string {
  return JSON.stringify({ v: 1, id: jobId });
}

/** @returns the job's id, or undefined if the body is not a wake-up of this engine */
export function decodeWakeUp(body: string): string | undefined {
  try {
    const message = JSON.parse(body) as { v?: unknown; id?: unknown } | null;
    return message?.v === 1 && typeof message.id === 'string' && isJobId(message.id) ? message.id : undefined;
  } catch {
    return undefined;
  }
}
