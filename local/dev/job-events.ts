/** The events of jobs for the person at the keyboard, one line each, from the log that the handlers write. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

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

/** @returns one line for people, or undefined for what says nothing about a job */
export function describeEvent(line: LogLine): string | undefined {
  const what = eventOf(line);
  if (what === undefined) return undefined;
  const about = [line['job'], line['type']].filter((part) => part !== undefined).join('  ');
  return `${timeOf(line['timestamp'])}  ${about === '' ? '' : `${about}  `}${what}`;
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
  const fields = Object.fromEntries(Object.entries(line).filter(([name]) => !ownFields.has(name)));
  const more = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
  return `${level === 'INFO' ? '' : `${String(level)} `}${String(message)}${more}`;
}

function timeOf(timestamp: unknown): string {
  const date = new Date(String(timestamp));
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
