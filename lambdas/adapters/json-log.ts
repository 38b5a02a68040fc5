import { appendFileSync } from 'node:fs';
import type { Log } from '../core/contract/log.ts';
import { loggable } from '../core/job/loggable.ts';

/**
 * One line of JSON an event, on standard output, which is what CloudWatch takes. It never throws: what JSON cannot hold is described, and a line that cannot be
 * written is lost.
 * @param file appended to instead (the local mode, whose standard output is for people)
 */
export function jsonLog(file?: string): Log {
  const write = (line: string) => (file === undefined ? process.stdout.write(line) : appendFileSync(file, line));
  const at = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    const own = { timestamp: new Date().toISOString(), level, message, trace: traceId() };
    try {
      // The line's own fields come first, and no logged field replaces them.
      write(`${JSON.stringify({ ...own, ...(loggable(fields) as object | undefined), ...own })}\n`);
    } catch {
      // For example, a full disk. The work that is logged must not fail because of it.
    }
  };
  return { info: at('INFO'), warn: at('WARN'), error: at('ERROR') };
}

/** The trace id of the current invocation: X-Ray's; also where nothing is traced, an id by which to find the invocation's lines. @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
export function traceId(): string | undefined {
  return /Root=([^;]+)/.exec(process.env['_X_AMZN_TRACE_ID'] ?? '')?.[1];
}
