/** Reads a Lambda function's own log: its REPORT lines, as text and as JSON. */
import { asAmount, asObject, asText, type JsonObject, parseJsonObject } from './json-object.ts';
import type { FileSample, LogReader, ReadOptions } from './log-reader.ts';
import { openLogTime, type ReadTime } from './log-time.ts';
import type { LoggedRequest, Outcome } from './logged-request.ts';

/** One run, in the terms of both forms. */
interface Run {
  readonly endMs: number;
  readonly heldMs: number;
  readonly outcome: Outcome;
  readonly ids: readonly (string | undefined)[];
  readonly memoryMb: number | undefined;
}

const unnamed = 'function';
/** Ids of runs that timed out, whose REPORT line may be still to come. */
const maxTimedOut = 1_000;

/**
 * A run holds its environment for its duration and the initialisation before it; the line's own time is the end.
 * Everything else that a function prints is noise.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
 */
export const lambdaLog: LogReader = {
  format: 'lambda',
  title: 'Lambda function log',
  open(sample, options) {
    const name = functionNameOf(sample, options);
    const readTime = openLogTime({ timezone: 'UTC' });
    const timedOut = new Set<string>();
    const notes = name === undefined ? ['the log does not name its function; name it with --function NAME'] : [];
    return {
      notes,
      read(line) {
        const report = line.indexOf('REPORT RequestId:');
        if (report >= 0 && report <= 40) return requestOf(textRun(line, report, readTime, timedOut), name ?? unnamed);
        if (line.includes('"platform.report"')) {
          const event = parseJsonObject(line);
          if (event?.['type'] === 'platform.report') return requestOf(jsonRun(event, readTime), name ?? unnamed);
        }
        if (line.includes('Task timed out after')) rememberTimeout(line, timedOut);
        return 'noise';
      },
    };
  },
};

function requestOf(run: Run | undefined, path: string): LoggedRequest | undefined {
  if (run === undefined) return undefined;
  return {
    startMs: Math.round(run.endMs - run.heldMs),
    heldMs: run.heldMs,
    isAtLeast: run.outcome === 'timeout' ? true : undefined,
    method: 'INVOKE',
    path,
    outcome: run.outcome,
    callerKind: 'none',
    agentKind: 'unknown',
    ids: run.ids.filter((id) => id !== undefined),
    isInvocation: true,
    memoryMb: run.memoryMb,
  };
}

/** `<time> REPORT RequestId: … \t Duration: 14211.86 ms \t …`: fields by name. */
function textRun(line: string, report: number, readTime: ReadTime, timedOut: ReadonlySet<string>): Run | undefined {
  const endMs = readTime(line.slice(0, report).trim());
  const fields = new Map(
    line
      .slice(report + 'REPORT '.length)
      .split('\t')
      .map((field) => {
        const mark = field.indexOf(':');
        return [field.slice(0, mark).trim(), field.slice(mark + 1).trim()] as const;
      }),
  );
  const duration = amountOf(fields.get('Duration'), 'ms');
  if (endMs === undefined || duration === undefined) return undefined;
  const id = fields.get('RequestId');
  const startUp = (amountOf(fields.get('Init Duration'), 'ms') ?? 0) + (amountOf(fields.get('Restore Duration'), 'ms') ?? 0);
  const status = id !== undefined && timedOut.has(id) ? 'timeout' : fields.get('Status');
  const ids = [id, fields.get('XRAY TraceId')];
  return { endMs, heldMs: duration + startUp, outcome: outcomeOfRun(status), ids, memoryMb: amountOf(fields.get('Memory Size'), 'MB') };
}

function jsonRun(event: JsonObject, readTime: ReadTime): Run | undefined {
  const record = asObject(event['record']);
  const metrics = asObject(record?.['metrics']);
  const duration = asAmount(metrics?.['durationMs']);
  const endMs = readTime(asText(event['time']) ?? '');
  if (endMs === undefined || duration === undefined) return undefined;
  const startUp = (asAmount(metrics?.['initDurationMs']) ?? 0) + (asAmount(metrics?.['restoreDurationMs']) ?? 0);
  const trace = /Root=([^;]+)/.exec(asText(asObject(record?.['tracing'])?.['value']) ?? '')?.[1];
  const ids = [asText(record?.['requestId']), trace];
  return {
    endMs,
    heldMs: duration + startUp,
    outcome: outcomeOfRun(record?.['status']),
    ids,
    memoryMb: asAmount(metrics?.['memorySizeMB']),
  };
}

/** Lambda's words: success, failure, error, timeout. A text line without a status is a success or an error that the function caught. */
function outcomeOfRun(status: unknown): Outcome {
  if (status === 'timeout') return 'timeout';
  return status === undefined || status === 'success' ? 'ok' : 'failed';
}

function amountOf(text: string | undefined, unit: string): number | undefined {
  return text?.endsWith(` ${unit}`) ? asAmount(text.slice(0, -unit.length - 1)) : undefined;
}

/** `2026-11-25T09:13:14.009Z c6af9ac6-… Task timed out after 3.00 seconds`. */
function rememberTimeout(line: string, timedOut: Set<string>): void {
  const id = /([\da-f]{8}-[\da-f-]{27}) Task timed out after/.exec(line.slice(0, 200))?.[1];
  if (id === undefined) return;
  if (timedOut.size >= maxTimedOut) timedOut.clear();
  timedOut.add(id);
}

/** The name of the function: as given, from the name of its log group, or from its own first lines. */
function functionNameOf({ name, lines }: FileSample, { functionName }: ReadOptions): string | undefined {
  if (functionName !== undefined) return functionName;
  const group = /aws[/_-]lambda[/_-]([\w-]+)/.exec(name)?.[1];
  if (group !== undefined) return group;
  const start = lines.find((line) => line.includes('"platform.initStart"'));
  return asText(asObject(start === undefined ? undefined : parseJsonObject(start)?.['record'])?.['functionName']);
}
