/** The outcome of a run, for people and for programs. */
import type { Answer } from './http-caller.ts';
import type { CheckResult } from './run-conformance.ts';

const signs = { pass: 'pass', fail: 'FAIL', skip: 'skip' } as const;
const maxShownCharacters = 1_500;
/** Control characters, and what bytes that are not UTF-8 are read as. */
const unprintable = /[\p{Cc}\uFFFD]/gu;
/** Values of these are credentials. */
const secretHeaders = ['authorization', 'x-amz-security-token', 'cookie'];

/** @returns the lines of one check, with what was sent and what came where it failed */
export function describeResult({ check, verdict }: CheckResult): string {
  const head = `  ${signs[verdict.kind]}  ${check.says}  [${check.standard}]`;
  if (verdict.kind === 'pass') return head;
  const lines = [verdict.why, ...(verdict.kind === 'fail' && verdict.answer !== undefined ? describeAnswer(verdict.answer) : [])];
  return [head, ...lines.map((line) => `        ${line}`)].join('\n');
}

/** @returns how many checks passed, failed and were skipped */
export function summarise(results: readonly CheckResult[]): string {
  const count = (kind: CheckResult['verdict']['kind']) => results.filter(({ verdict }) => verdict.kind === kind).length;
  return `conformance: ${count('pass')} passed, ${count('fail')} failed, ${count('skip')} skipped`;
}

/** @returns the run as JSON: each check with its id, sentence, standard, verdict and reason */
export function toJson(url: string, results: readonly CheckResult[]): string {
  const checks = results.map(({ id, section, check: { says, standard }, verdict }) => ({
    id,
    section,
    says,
    standard,
    verdict: verdict.kind,
    why: verdict.kind === 'pass' ? null : verdict.why,
    exchange: verdict.kind === 'fail' && verdict.answer !== undefined ? describeAnswer(verdict.answer) : null,
  }));
  return JSON.stringify({ url, isConformant: checks.every(({ verdict }) => verdict !== 'fail'), checks }, null, 2);
}

function describeAnswer({ request, status, headers, text }: Answer): readonly string[] {
  return [
    `> ${request.method} ${request.path}`,
    ...describeHeaders('>', request.headers),
    ...describeBody('>', request.body?.toString('utf8') ?? ''),
    `< ${status}`,
    ...describeHeaders('<', headers),
    ...describeBody('<', text),
  ];
}

function describeHeaders(arrow: string, headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers).map(([name, value]) => `${arrow} ${name}: ${secretHeaders.includes(name) ? '…' : truncate(value)}`);
}

function describeBody(arrow: string, text: string): readonly string[] {
  return text === '' ? [] : [`${arrow} ${truncate(text).replaceAll(unprintable, '.')}`];
}

function truncate(text: string): string {
  return text.length <= maxShownCharacters ? text : `${text.slice(0, maxShownCharacters)}… (${text.length} characters)`;
}
