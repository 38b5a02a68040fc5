import { appendFileSync } from 'node:fs';
import type { Log } from '../core/context.ts';

/**
 * One line of JSON an event, on standard output, which is what CloudWatch takes.
 * @param file appended to instead (the local mode, whose standard output is for people)
 */
export function jsonLog(file?: string): Log {
  const write = (line: string) => (file === undefined ? process.stdout.write(line) : appendFileSync(file, line));
  const at = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, message, trace: traceId(), ...fields })}\n`);
  };
  return { info: at('INFO'), warn: at('WARN'), error: at('ERROR') };
}

/** Of the current invocation; X-Ray's, and an id to find its lines by also where nothing is traced. @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
export function traceId(): string | undefined {
  return /Root=([^;]+)/.exec(process.env['_X_AMZN_TRACE_ID'] ?? '')?.[1];
}
