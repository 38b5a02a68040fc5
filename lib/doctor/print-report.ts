/** Prints a report as text for a terminal. */
import { styleText } from 'node:util';
import type { Report } from './examine.ts';
import { count, type ReportedFinding, type Status } from './finding.ts';

const words = { ok: 'ok', warning: 'warning', problem: 'PROBLEM', skipped: 'skipped' } as const satisfies Record<Status, string>;
const styles = { ok: 'green', warning: 'yellow', problem: 'red', skipped: 'dim' } as const satisfies Record<Status, string>;
const indent = 10;

export const hasProblem = ({ findings }: Report): boolean => findings.some(({ status }) => status === 'problem');

/** @param columns width of the terminal. Commands are not wrapped, so that they can be copied. */
export function printReport(report: Report, { columns, isColored }: { readonly columns: number; readonly isColored: boolean }): string {
  const groups = [...new Set(report.findings.map(({ group }) => group))];
  const blocks = groups.map((group) => {
    const findings = report.findings.filter((finding) => finding.group === group);
    return [group, ...findings.flatMap((finding) => linesOf(finding, { columns, isColored }))].join('\n');
  });
  return `${[...blocks, summary(report, columns)].join('\n\n')}\n`;
}

/** Removes control characters: text from others, an issuer or an API, must not move the cursor or hide what precedes it. */
function plain(text: string): string {
  return text.replaceAll(/(?!\n)[\p{Cc}\p{Bidi_Control}]/gu, ' ');
}

function linesOf(finding: ReportedFinding, { columns, isColored }: { readonly columns: number; readonly isColored: boolean }) {
  const { status, commands = [] } = finding;
  const found = plain(finding.found);
  const advice = finding.advice === undefined ? undefined : plain(finding.advice);
  const word = words[status].padEnd(indent - 2);
  const [first = '', ...more] = wrap(found, columns - indent);
  const margin = ' '.repeat(indent);
  return [
    `  ${isColored ? styleText(styles[status], word, { validateStream: false }) : word}${first}`,
    ...more.map((line) => margin + line),
    ...(advice === undefined ? [] : wrap(advice, columns - indent - 3).map((line, i) => `${margin}${i === 0 ? '→ ' : '  '}${line}`)),
    ...commands.map((command) => `${margin}$ ${plain(command)}`),
  ];
}

function summary({ findings }: Report, columns: number): string {
  const number = (status: Status) => findings.filter((finding) => finding.status === status).length;
  const parts = [
    count(number('problem'), 'problem'),
    count(number('warning'), 'warning'),
    `${number('ok')} ok`,
    ...(number('skipped') === 0 ? [] : [`${number('skipped')} not checked`]),
  ];
  const lacks = [...new Set(findings.flatMap((finding) => finding.lacks ?? []))].sort();
  const rights = `You lack ${lacks.join(', ')}. ReadOnlyAccess, AWS's own policy, has all permissions that the doctor needs, but for calling the API and reading the secrets of webhooks.`;
  return [`${parts.join(', ')}.`, ...(lacks.length === 0 ? [] : wrap(rights, columns))].join('\n');
}

/** Wraps at spaces; a longer word gets a line of its own. Line breaks of the text stay. */
function wrap(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    for (const word of paragraph.split(' ')) {
      const last = lines.at(-1);
      if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
      else lines.push(word);
    }
    return lines;
  });
}
