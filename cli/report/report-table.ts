/** The report in a terminal: what to ask first, then a table, then what cannot be known. */
import type { DelegationReport, EndpointReport } from '../../report/delegation-report.ts';
import { beforeAndAfter, firstSentence, firstToDiscuss } from '../../report/judge/first-sentence.ts';
import { thresholds } from '../../report/judge/thresholds.ts';
import { amount, duration, percent } from '../../report/shown-number.ts';
import type { Output } from '../command-io.ts';
import { columnsOf, plain, styled, truncate } from '../text-style.ts';
import { type Column, tableOf } from '../text-table.ts';

export interface TableOptions {
  /** Rows at most; the others are counted. */
  readonly top: number;
  /** Shows also rows that are kept and free little. */
  readonly isAll: boolean;
}

const verdictStyle = { delegate: 'green', probably: 'cyan', 'cannot tell': 'yellow', keep: 'dim' } as const;

const share = (value: number) => (value < 0.0005 ? '0 %' : percent(value));
const quantile = (value: readonly [number, number, number] | null) => (value === null ? '–' : duration(value[1]));

const maxEndpoint = 48;

const columns: readonly Column<EndpointReport>[] = [
  { title: '#', text: ({ rank }) => String(rank), isRight: true },
  { title: 'endpoint', text: ({ endpoint }) => truncate(endpoint, maxEndpoint) },
  {
    title: 'verdict',
    text: ({ verdict, advice }) => (verdict === 'keep' && advice[0] !== undefined ? `keep: ${advice[0]}` : verdict),
    style: ({ verdict }) => verdictStyle[verdict],
  },
  { title: 'frees', text: ({ freed }) => (freed.peak < thresholds.worthAsking ? '–' : freed.peak.toFixed(1)), isRight: true },
  { title: 'of peak', text: ({ freed }) => share(freed.shareOfBusyMinutes), isRight: true, rank: 2 },
  { title: 'p50', text: ({ waitMs }) => quantile(waitMs.p50), isRight: true, rank: 1 },
  { title: 'p95', text: ({ waitMs }) => quantile(waitMs.p95), isRight: true, rank: 3 },
  { title: 'a day', text: ({ requestsPerDay }) => amount(Math.round(requestsPerDay)), isRight: true, rank: 4 },
];

/** Columns of a text that is piped: as wide as a page of a terminal. */
const pipedWidth = 160;

/** @returns the whole view */
export function reportText(report: DelegationReport, out: Output, { top, isAll }: TableOptions): string {
  const wide: Output = { ...out, width: out.width ?? pipedWidth };
  const first = firstToDiscuss(report);
  const open = report.endpoints.filter(({ verdict }) => verdict !== 'keep');
  const kept = report.endpoints.filter(({ verdict, freed }) => verdict === 'keep' && (isAll || freed.peak >= thresholds.worthAsking));
  const shown = [...open, ...kept].slice(0, top);
  const left = report.endpoints.length - shown.length;
  const before = beforeAndAfter(report);
  return [
    `${styled('delegation report', 'bold', out)}  ·  ${headline(report)}`,
    ...[...report.warnings.map(({ text }) => text), ...inputWarnings(report)].map((text) =>
      wrap(`${styled('warning:', 'yellow', out)} ${plain(text)}`, wide),
    ),
    '',
    wrap(styled(plain(firstSentence(report)), 'bold', out), wide),
    ...(before === undefined ? [] : [wrap(before, wide)]),
    ...(first === undefined
      ? []
      : ['', wrap(`Ask first about ${styled(plain(first.endpoint), 'bold', out)}: ${plain(first.question)}`, wide)]),
    '',
    ...(shown.length === 0 ? [] : [rowsText(shown, open.length, wide)]),
    ...(left > 0
      ? [
          `${amount(left)} more ${left === 1 ? 'endpoint' : 'endpoints'}, which are kept or free less than ${thresholds.worthAsking} requests: --all, --top N.`,
        ]
      : []),
    ...(shown.length === 0
      ? []
      : [
          '',
          wrap(
            'To delegate: answer "accepted" at once, and do the work as a job. frees: how many requests fewer are in progress in the busiest 1 % of the minutes of the endpoint; of peak: of all that is in progress in the busiest minutes of the service. --explain 1 shows every number.',
            wide,
          ),
        ]),
    ...answersLines(report).map((line) => wrap(line, wide)),
    '',
    wrap(`Cannot know: ${lowerFirst(report.cannotKnow[0] ?? '')} --explain, --out report.html say more.`, wide),
    '',
  ].join('\n');
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

function headline({ input, endpoints }: DelegationReport): string {
  const parts = [
    input.formats.map(({ title, files }) => `${title}${files > 1 ? ` × ${amount(files)}` : ''}`).join(', '),
    ...(input.from === null
      ? []
      : [`${duration(input.observedSeconds * 1_000)} (${input.from.slice(0, 10)} to ${input.to?.slice(0, 10)})`]),
    counted(input.requests, 'request'),
    counted(endpoints.length, 'endpoint'),
    ...(input.unparsedLines === 0 ? [] : [`${percent(input.unparsedShare)} of lines not understood`]),
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** Each row with its reasons below it, and a line between what is worth a talk and what is kept. */
function rowsText(rows: readonly EndpointReport[], open: number, out: Output): string {
  const [titles = '', ...lines] = tableOf(rows, columns, out).trimEnd().split('\n');
  const rule = styled('─'.repeat(Math.min(out.width ?? pipedWidth, 80)), 'dim', out);
  const reasons = ({ because, but }: EndpointReport) =>
    [
      wrap(`because ${plain(because)}`, narrower(out), indent),
      ...(but === '' ? [] : [wrap(`but ${plain(but)}`, narrower(out), indent)]),
    ].map((text) => `${indent}${styled(text, 'dim', out)}`);
  return [titles, ...rows.flatMap((row, i) => [...(i === open && i > 0 ? [rule] : []), lines[i] ?? '', ...reasons(row)])].join('\n');
}

const indent = '    ';
const narrower = ({ width = pipedWidth }: Output) => ({ width: width - indent.length });

const maxShown = 3;

/** What was not read as it is: files, lines, and what was assumed of them. */
function inputWarnings({ input }: DelegationReport): readonly string[] {
  const { skippedFiles, notes, unparsedForms } = input;
  const more = (count: number) => (count > maxShown ? [`and ${counted(count - maxShown, 'more')}: --json has all.`] : []);
  return [
    ...skippedFiles.slice(0, maxShown).map(({ file, reason }) => `${file} was not read: ${reason}`),
    ...more(skippedFiles.length),
    ...unparsedForms.slice(0, 1).map((form) => `A line that was not understood looks like: ${form}`),
    ...notes.slice(0, maxShown),
    ...more(notes.length),
  ];
}

const counted = (count: number, word: string) => `${amount(count)} ${count === 1 || word === 'more' ? word : `${word}s`}`;

function answersLines({ answers }: DelegationReport): readonly string[] {
  const lines = [];
  if (answers.file === null && answers.unanswered.length > 0)
    lines.push(
      `${counted(answers.unanswered.length, 'question')}: --questions >> delegation.answers.yaml adds them to a file that the next run reads.`,
    );
  if (answers.file !== null)
    lines.push(
      `${answers.file}: ${amount(answers.answered)} answered, ${amount(answers.unanswered.length)} not answered yet${answers.unanswered.length === 0 ? '' : ` (${answers.unanswered.slice(0, 3).join(', ')}${answers.unanswered.length > 3 ? ', …' : ''})`}.`,
    );
  if (answers.due.length > 0) lines.push(`To ask again, since their review is due: ${answers.due.join(', ')}.`);
  if (answers.contradicted.length > 0)
    lines.push(`What callers do contradicts the answers for ${answers.contradicted.join(', ')}: --explain says how.`);
  if (answers.unknown.length > 0) lines.push(`Answers for endpoints that these logs do not have: ${answers.unknown.join(', ')}.`);
  return lines.map(plain);
}

/**
 * Breaks at blanks, to the width of the output.
 * @param hanging what the second line and those after it begin with
 */
export function wrap(text: string, { width = pipedWidth }: Pick<Output, 'width'>, hanging = ''): string {
  const lines: string[] = [];
  for (const word of text.trimStart().split(/ (?! )/)) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(/^ */.exec(text)?.[0] + word);
    else if (columnsOf(`${last} ${word}`) > Math.min(width, 120)) lines.push(hanging + word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}
