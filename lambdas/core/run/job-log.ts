/** What a run logs. */
import type { UnavailableError } from '../contract/errors.ts';
import type { Log } from '../contract/log.ts';
import { traceFields } from '../control/metrics.ts';
import { errorText } from '../job/error-text.ts';
import { loggable } from '../job/loggable.ts';
import type { JobSession } from '../session/job-session.ts';

/** @returns a log whose lines carry the job's id, type and attempt and none of its secrets */
export function jobLog(log: Log, session: JobSession): Log {
  const { id, type, attempt, traceparent } = session.job;
  const trace = traceFields(traceparent);
  // The line's own fields come last, so that what is logged cannot pass for another job's.
  const line = (level: keyof Log) => (message: unknown, more?: unknown) => {
    const { redactor } = session;
    log[level](redactor.text(errorText(message)), { ...fieldsOf(redactor.value(loggable(more))), job: id, type, attempt, ...trace });
  };
  return { info: line('info'), warn: line('warn'), error: line('error') };
}

/** Logs that a store did not answer. An outage that lasts needs a person. @param outagesBefore consecutive outages before this one */
export function logOutage(error: UnavailableError, outagesBefore: number | undefined, log: Log): void {
  const outages = (outagesBefore ?? 0) + 1;
  const level = outages <= 3 ? 'warn' : 'error';
  log[level]('A store of the service does not answer; the job waits for it.', { code: error.code, error: error.message, outages });
}

/** Fields that are not an object get a name of their own. */
function fieldsOf(more: unknown): Readonly<Record<string, unknown>> {
  if (more === undefined) return {};
  return typeof more === 'object' && more !== null && !Array.isArray(more) ? { ...more } : { value: more };
}
