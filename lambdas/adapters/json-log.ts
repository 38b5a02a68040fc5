import { appendFileSync } from 'node:fs';
import type { Log } from '../core/context.ts';

/**
 * One line of JSON an event, on standard output, which is what CloudWatch takes.
 * @param file appended to instead (the local mode, whose standard output is for people)
 */
export function jsonLog(file?: string): Log {
  const write = (line: string) => (file === undefined ? process.stdout.write(line) : appendFileSync(file, line));
  const at = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, message, ...fields })}\n`);
  };
  return { info: at('INFO'), warn: at('WARN'), error: at('ERROR') };
}
