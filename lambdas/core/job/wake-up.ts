/** The message: little more than a job's id, and it means "look at this job now". */
import { isJobId } from './ids.ts';

/** @returns the body of a wake-up */
export function encodeWakeUp(jobId: string): string {
  return JSON.stringify({ v: 1, id: jobId });
}

/** @returns the job's id, or undefined when the body is no wake-up of ours */
export function decodeWakeUp(body: string): string | undefined {
  try {
    const message = JSON.parse(body) as { v?: unknown; id?: unknown } | null;
    return message?.v === 1 && typeof message.id === 'string' && isJobId(message.id) ? message.id : undefined;
  } catch {
    return undefined;
  }
}
