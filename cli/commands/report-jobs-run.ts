/** `delegation report --jobs`: was it right to delegate, and is it as fast as it must be, and no faster? */
import { resolve } from 'node:path';
import { hasEnded } from '../../client/shown-job.ts';
import { pricesOf } from '../../lib/cost/cost-arguments.ts';
import { buildJobsReport } from '../../report/jobs/build-jobs-report.ts';
import { collectLooks, type LookLog } from '../../report/jobs/job-looks.ts';
import { type JobRecord, recordOf } from '../../report/jobs/job-record.ts';
import type { JobsReport } from '../../report/jobs/jobs-report.ts';
import { adviceLines, headline, jobTypeColumns, limitLines } from '../../report/jobs/jobs-text.ts';
import { listJobPrices } from '../../report/jobs/list-job-prices.ts';
import type { FormatName } from '../../report/read/log-reader.ts';
import { openLogInput } from '../../report/read/open-log-input.ts';
import { documentReaders, logReaders } from '../../report/read/readers.ts';
import { ReportError } from '../../report/report-error.ts';
import { type ApiSession, openSession } from '../api-session.ts';
import { CommandError, type CommandInput, flag, text, texts } from '../command.ts';
import type { CommandIo } from '../command-io.ts';
import { exitCodes } from '../exit-codes.ts';
import { printJson, wantsJson } from '../pick-fields.ts';
import { plain } from '../text-style.ts';
import { tableOf } from '../text-table.ts';
import { wholeNumber } from '../whole-number.ts';

const defaultMaxJobs = 10_000;
const pageSize = 100;
const eraseLine = '\r\u001b[K';

/** @returns the exit code */
export async function reportJobs(input: CommandInput, io: CommandIo): Promise<number> {
  const session = openSession(input, io);
  const region = text(input, 'prices') ?? 'us-east-1';
  const prices = listJobPrices(region, pricesOf(region));
  const { records, isCutShort } = await readJobs(session, input, io);
  const logs = texts(input, 'logs');
  const log = logs.length === 0 ? undefined : await readLog(logs, records, input, io);
  const report = buildJobsReport({ records, log, prices, isCutShort, logCommand: await logCommand(session, records, io) });
  if (wantsJson(input)) await printJson(report, input, io.out);
  else await io.out.write(reportText(report, input, io));
  return exitCodes.succeeded;
}

/** Reads the newest jobs page by page, and keeps times alone. */
async function readJobs(
  { client }: ApiSession,
  input: CommandInput,
  io: CommandIo,
): Promise<{ readonly records: readonly JobRecord[]; readonly isCutShort: boolean }> {
  const max = wholeNumber(text(input, 'max-jobs') ?? String(defaultMaxJobs), '--max-jobs', 1);
  const records: JobRecord[] = [];
  let [read, isCutShort] = [0, false];
  try {
    for await (const { job } of client.jobs({ limit: pageSize, signal: io.signal })) {
      io.signal.throwIfAborted();
      if (read === max) {
        isCutShort = true;
        break;
      }
      read += 1;
      const record = hasEnded(job) ? recordOf(job) : undefined;
      if (record !== undefined) records.push(record);
      if (read % pageSize === 0 && io.messages.canRedraw) await io.messages.write(`${eraseLine}${read} jobs read`);
    }
  } finally {
    if (io.messages.canRedraw) await io.messages.write(eraseLine);
  }
  return { records, isCutShort };
}

async function readLog(logs: readonly string[], records: readonly JobRecord[], input: CommandInput, io: CommandIo): Promise<LookLog> {
  const format = text(input, 'format') as FormatName | undefined;
  const opened = openLogInput(
    logs.map((name) => (name === '-' ? name : resolve(io.cwd, name))),
    { stdin: io.stdin, ...(format === undefined ? {} : { format }) },
    { logReaders, documentReaders },
  ).catch(asCommandError);
  const log = await opened;
  try {
    const collector = collectLooks(new Set(records.map(({ id }) => id)));
    await log.read((request) => {
      io.signal.throwIfAborted();
      collector.visit(request);
    });
    return collector.finish();
  } catch (error) {
    return asCommandError(error);
  } finally {
    await log.close();
  }
}

function asCommandError(error: unknown): never {
  if (error instanceof ReportError) throw new CommandError(exitCodes.usage, error.message);
  throw error;
}

/** The log group has the name of the deployment, which the API says. */
async function logCommand({ client }: ApiSession, records: readonly JobRecord[], { signal }: CommandIo): Promise<string> {
  const deployment = (await client.me({ signal }).catch(() => undefined))?.deployment ?? 'DEPLOYMENT';
  const sinceMs = records.reduce((min, { createdMs }) => Math.min(min, createdMs), Number.MAX_SAFE_INTEGER);
  const since = records.length === 0 ? '' : ` --start-time ${sinceMs}`;
  return `aws logs filter-log-events --log-group-name /aws/vendedlogs/delegation/${deployment}/access${since} --output json > access.json, then delegation report --jobs access.json`;
}

function reportText(report: JobsReport, input: CommandInput, { out }: CommandIo): string {
  const columns = jobTypeColumns(report).map((column, i) => ({ ...column, isElastic: i === 0 }));
  const lines = [...adviceLines(report, flag(input, 'all')), ...limitLines(report)].map((line) => wrapped(plain(line), out.width));
  const table = report.types.length === 0 ? '' : `\n${tableOf(report.types, columns, out)}`;
  return `${wrapped(headline(report), out.width)}\n${table}${lines.join('\n')}\n`;
}

/** Breaks a line between words; the lines that follow are indented as its text is. */
function wrapped(line: string, width = Number.POSITIVE_INFINITY): string {
  const indent = ' '.repeat(/^ {2}\w+ +/.exec(line)?.[0].length ?? 0);
  let [done, rest] = ['', line];
  while (rest.length > width) {
    const end = rest.lastIndexOf(' ', width);
    if (end <= indent.length) break;
    done += `${rest.slice(0, end)}\n`;
    rest = indent + rest.slice(end + 1);
  }
  return done + rest;
}
