/** `delegation report`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { prices } from '../../lib/cost/prices.ts';
import type { DelegationReport } from '../../report/delegation-report.ts';
import type { AnswerEntry } from '../../report/judge/answers-file.ts';
import { parseAnswers } from '../../report/judge/parse-answers.ts';
import { makeReport } from '../../report/make-report.ts';
import { measureLog } from '../../report/measure/measure-log.ts';
import type { FormatName, ReadOptions } from '../../report/read/log-reader.ts';
import { openLogInput } from '../../report/read/open-log-input.ts';
import { documentReaders, logReaders } from '../../report/read/readers.ts';
import { ReportError } from '../../report/report-error.ts';
import { parseGivenRoutes } from '../../report/routes/given-routes.ts';
import { routeLearner } from '../../report/routes/route-learner.ts';
import { htmlReport } from '../../report/show/html-report.ts';
import { percent } from '../../report/shown-number.ts';
import { CommandError, type CommandInput, flag, type RunCommand, text, texts, UsageError } from '../command.ts';
import type { CommandIo } from '../command-io.ts';
import { exitCodes } from '../exit-codes.ts';
import { printJson, wantsJson } from '../pick-fields.ts';
import { endpointText, questionsText } from '../report/report-details.ts';
import { reportText } from '../report/report-table.ts';
import { wholeNumber } from '../whole-number.ts';

/** `--fail-on` found one. */
const failed = 3;
const defaultAnswers = 'delegation.answers.yaml';

/** Reads logs and says which endpoints need not answer at once. */
export const report: RunCommand = async (input, io) => {
  if (flag(input, 'jobs')) return (await import('./report-jobs-run.ts')).reportJobs(input, io);
  const logs = texts(input, 'logs');
  if (logs.length === 0)
    throw new UsageError('Name at least one log: files, folders, or - for standard input. For delegated jobs: --jobs.');
  try {
    const made = await reportOf(logs, input, io);
    await show(made, input, io);
    return await codeOf(made, input, io);
  } catch (error) {
    if (error instanceof ReportError) throw new CommandError(exitCodes.usage, error.message);
    throw error;
  }
};

async function reportOf(logs: readonly string[], input: CommandInput, io: CommandIo): Promise<DelegationReport> {
  const answers = await answersOf(input, io.cwd);
  const routes = text(input, 'routes');
  const given = routes === undefined ? undefined : await parseGivenRoutes(readText(routes, io.cwd), routes);
  const format = text(input, 'format') as FormatName | undefined;
  const layer = text(input, 'layer') as FormatName | undefined;
  const log = await openLogInput(
    logs.map((name) => (name === '-' ? name : relative(process.cwd(), resolve(io.cwd, name)) || '.')),
    {
      ...readOptions(input),
      stdin: io.stdin,
      ...(format === undefined ? {} : { format }),
      ...(layer === undefined ? {} : { layer }),
      ...(io.messages.canRedraw ? { progress: (line: string) => void io.messages.write(`\r\u001b[K${line}`) } : {}),
    },
    { logReaders, documentReaders },
  );
  try {
    const capacity = number(input, 'capacity', 1, 1_000_000);
    const acceptMs = number(input, 'accept-ms', 1, 10_000) ?? 30;
    const measured = await measureLog(log, () => routeLearner(given), { acceptMs, capacity });
    const sampling = text(input, 'sampling') as 'request' | 'tail' | undefined;
    return await makeReport(measured, {
      acceptMs,
      capacity,
      sampling,
      answers,
      cost: { region: regionOf(input), memoryMb: number(input, 'memory', 128, 10_240) ?? 512 },
    });
  } finally {
    if (io.messages.canRedraw) await io.messages.write('\r\u001b[K');
    await log.close();
  }
}

function regionOf(input: CommandInput): string {
  const region = text(input, 'prices') ?? 'us-east-1';
  if (!Object.hasOwn(prices, region)) throw new UsageError(`--prices must be one of ${Object.keys(prices).join(', ')} (was "${region}").`);
  return region;
}

/** What a field of a JSON log can mean. */
const meanings = [
  'time',
  'method',
  'path',
  'uri',
  'request',
  'route',
  'stage',
  'status',
  'wait',
  'held',
  'bytesIn',
  'bytesOut',
  'user',
  'key',
  'ip',
  'ua',
  'host',
  'id',
  'contentType',
  'cache',
  'error',
];

function readOptions(input: CommandInput): ReadOptions {
  const pairs = texts(input, 'map').map((pair) => {
    const [meaning = '', name = '', more] = pair.split('=');
    if (!meanings.includes(meaning) || name === '' || more !== undefined)
      throw new UsageError(`--map is MEANING=FIELD, such as wait=latency_ms (was "${pair}"). Meanings: ${meanings.join(', ')}.`);
    return [meaning, name] as const;
  });
  const unit = text(input, 'latency-unit') as ReadOptions['latencyUnit'];
  return {
    latencyUnit: unit,
    timezone: text(input, 'timezone'),
    functionName: text(input, 'function'),
    ...(pairs.length === 0 ? {} : { fieldNames: Object.fromEntries(pairs) }),
  };
}

async function answersOf(
  input: CommandInput,
  cwd: string,
): Promise<{ readonly file: string; readonly entries: readonly AnswerEntry[] } | undefined> {
  const given = text(input, 'answers');
  const file = given ?? (existsSync(resolve(cwd, defaultAnswers)) ? defaultAnswers : undefined);
  return file === undefined ? undefined : { file, entries: await parseAnswers(readText(file, cwd), file) };
}

function readText(name: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, name), 'utf8');
  } catch (error) {
    throw new UsageError(`${name} cannot be read: ${(error as Error).message}`);
  }
}

const number = (input: CommandInput, name: string, min: number, max: number) => {
  const given = text(input, name);
  return given === undefined ? undefined : wholeNumber(given, `--${name}`, min, max);
};

async function show(made: DelegationReport, input: CommandInput, io: CommandIo): Promise<void> {
  const { out, messages, cwd } = io;
  const page = text(input, 'out');
  if (page !== undefined) {
    writePage(resolve(cwd, page), page, made);
    await messages.write(`Wrote ${page}.\n`);
  }
  if (wantsJson(input)) return printJson(made, input, out);
  if (flag(input, 'questions')) return out.write(questionsText(made));
  const explained = text(input, 'explain');
  if (explained !== undefined) return out.write(endpointText(rowOf(made, explained), out));
  return out.write(
    reportText(made, out, { top: number(input, 'top', 1, 1_000) ?? (flag(input, 'all') ? 1_000 : 10), isAll: flag(input, 'all') }),
  );
}

function writePage(path: string, name: string, made: DelegationReport): void {
  try {
    writeFileSync(path, htmlReport(made));
  } catch (error) {
    throw new UsageError(`${name} cannot be written: ${(error as Error).message}`);
  }
}

function rowOf({ endpoints }: DelegationReport, wanted: string): DelegationReport['endpoints'][number] {
  const row = endpoints.find(({ rank, endpoint }) => String(rank) === wanted || endpoint === wanted);
  if (row === undefined)
    throw new UsageError(
      `--explain takes the number of a row, from 1 to ${endpoints.length}, or an endpoint such as "POST /v1/reports" (was "${wanted}").`,
    );
  return row;
}

/** More lines than this that are not understood: the report is of another log than was meant. */
const maxUnparsed = 0.2;

/** @returns the exit code: 2 for a log that is not understood, 3 for a verdict that was to fail and has no answer */
async function codeOf({ endpoints, input: read }: DelegationReport, input: CommandInput, { messages }: CommandIo): Promise<number> {
  if (read.unparsedShare > maxUnparsed) {
    await messages.write(
      `${percent(read.unparsedShare)} of the lines were not understood: name the format with --format, or the fields with --map.\n`,
    );
    return exitCodes.usage;
  }
  const failing = text(input, 'fail-on') === 'probably' ? ['delegate', 'probably'] : [text(input, 'fail-on')];
  const found = endpoints.filter(({ verdict, answered }) => failing.includes(verdict) && answered === null);
  if (found.length === 0) return exitCodes.succeeded;
  await messages.write(`Without an answer: ${found.map(({ endpoint, verdict }) => `${endpoint} (${verdict})`).join(', ')}.\n`);
  return failed;
}
