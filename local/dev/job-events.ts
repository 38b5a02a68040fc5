/** The events of jobs for the person at the keyboard, from the log that the handlers write. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { errorLines, isLoggedError } from './logged-error.ts';

type LogLine = Readonly<Record<string, unknown>>;

const pollMs = 100;
const ownFields = new Set(['timestamp', 'level', 'message', 'trace', 'job', 'type', 'owner', 'attempt']);

/** Calls back with each line that is written from now on. */
export function followLog(file: string, onLine: (line: LogLine) => void): { stop(): void } {
  let position = sizeOf(file);
  let rest = '';
  const decoder = new StringDecoder('utf8');
  const read = () => {
    const end = sizeOf(file);
    if (end <= position) return;
    const chunk = Buffer.alloc(end - position);
    const descriptor = openSync(file, 'r');
    const length = readSync(descriptor, chunk, 0, chunk.length, position);
    closeSync(descriptor);
    position += length;
    const lines = (rest + decoder.write(chunk.subarray(0, length))).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const parsed = parse(line);
      if (parsed !== undefined) onLine(parsed);
    }
  };
  const timer = setInterval(read, pollMs);
  return {
    stop() {
      clearInterval(timer);
      read();
    },
  };
}

/** @returns undefined for a line that a killed process left half written */
function parse(line: string): LogLine | undefined {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined;
  }
}

const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/**
 * @param why a job failed, for a line below
 * @returns a line for people, with the lines of an error below it, or undefined for what says nothing about a job
 */
export function describeEvent(line: LogLine, why?: string): string | undefined {
  const what = eventOf(line);
  if (what === undefined) return undefined;
  return lineAbout(line, why === undefined ? what : `${what}\n  ${why}`);
}

/** @returns what the job's record says of a failed run, since the log has its code alone; undefined for any other line, and when there is no answer */
export async function whyOf({ message, job, owner, status, code }: LogLine, url: string): Promise<string | undefined> {
  if (message !== 'job' || !(status === 'failed' || code === 'backing_off')) return undefined;
  try {
    // A header carries bytes: the gateway reads them as UTF-8.
    const headers = { 'delegation-owner': Buffer.from(String(owner)).toString('latin1') };
    const response = await fetch(`${url}/v1/jobs/${String(job)}`, { headers, signal: AbortSignal.timeout(1_000) });
    const { error, reason } = (await response.json()) as { error: { message: string } | null; reason: { detail: string | null } | null };
    return error?.message ?? reason?.detail ?? undefined;
  } catch {
    return undefined; // it is stopping
  }
}

/** @returns a line that begins with the time, the job and its type */
export function lineAbout({ timestamp, job, type }: LogLine, what: string): string {
  return [timeOf(timestamp), job, type, what].filter((part) => part !== undefined).join('  ');
}

function eventOf(line: LogLine): string | undefined {
  const { level, message, job, status, code, attempt, ms } = line;
  if (level === 'INFO' && job === undefined) return undefined; // the clock's own reports, say
  if (message === 'accepted') return 'accepted';
  if (message === 'recovered') return 'found by the clock: its wake-up was lost';
  if (message === 'cancelled') return 'cancelled';
  if (message === 'failed' && code !== undefined) return `failed: ${String(code)}`;
  if (message === 'job') {
    const reason = code === undefined ? '' : `: ${String(code)}`;
    return `${String(status)}${reason}  (attempt ${String(attempt)}, ${String(ms)} ms)`;
  }
  const { error, ...fields } = Object.fromEntries(Object.entries(line).filter(([name]) => !ownFields.has(name)));
  const more = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
  const below = error === undefined ? [] : isLoggedError(error) ? errorLines(error) : [textOf(error)];
  return [`${level === 'INFO' ? '' : `${String(level)} `}${String(message)}${more}`, ...below.map((text) => `  ${text}`)].join('\n');
}

const textOf = (error: unknown) => (typeof error === 'string' ? error : JSON.stringify(error));

function timeOf(timestamp: unknown): string {
  const date = new Date(String(timestamp));
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
