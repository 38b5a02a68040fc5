/** Reads the answers file: YAML or JSON, checked where it enters. */
import * as z from 'zod';
import { ReportError } from '../report-error.ts';
import type { AnswerEntry } from './answers-file.ts';

const date = z.iso.date('is a date such as 2027-05-20');

const entry = z.strictObject({
  endpoint: z.string().regex(/^[A-Z]+ \/\S*$/, 'is a method and a template, such as "POST /v1/payments"'),
  answer: z.enum(['keep', 'delegate', 'hybrid'], 'is keep, delegate or hybrid'),
  because: z.string().min(1, 'says why, in a sentence').max(1_000),
  needs: z.string().max(1_000).optional(),
  neededWithinSeconds: z.number().positive().optional(),
  by: z.string().max(200).optional(),
  on: date.optional(),
  review: date.optional(),
});

/**
 * @param text the content of the file
 * @param name its name, for messages
 * @returns the entries, in the order of the file
 * @throws ReportError that names the entry and what is wrong with it
 */
export async function parseAnswers(text: string, name: string): Promise<readonly AnswerEntry[]> {
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    // Dates stay texts, and no tag makes anything else than plain data.
    value = parse(text, { schema: 'core', maxAliasCount: 0 });
  } catch (error) {
    throw new ReportError(`${name} is neither YAML nor JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  if (value === null || value === undefined) return [];
  const list = Array.isArray(value) ? value : (value as { readonly endpoints?: unknown }).endpoints;
  if (list === null) return [];
  if (!Array.isArray(list)) throw new ReportError(`${name} must hold a list of entries, each with endpoint, answer and because.`);
  const entries = list.map((one, i) => {
    const result = entry.safeParse(one);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const path = issue?.path.join('.') ?? '';
    throw new ReportError(`${name}, entry ${i + 1}${path === '' ? '' : `, ${path}`}: ${issue?.message ?? 'is not understood'}.`);
  });
  const seen = new Set<string>();
  for (const { endpoint } of entries) {
    if (seen.has(endpoint)) throw new ReportError(`${name} has two entries for ${endpoint}: keep one.`);
    seen.add(endpoint);
  }
  return entries;
}

/** @returns entries for what is unanswered, to be filled in and kept in version control */
export function answersTemplate(
  questions: readonly { readonly endpoint: string; readonly question: string; readonly verdict: string }[],
): string {
  const lines = questions.flatMap(({ endpoint, question, verdict }) => [
    '',
    ...wrapped(question).map((line) => `# ${line}`),
    `- endpoint: ${JSON.stringify(endpoint)}`,
    `  answer:            # keep, delegate or hybrid; the logs say: ${verdict}`,
    '  because:           # why, in a sentence',
    '  needs:             # who needs the answer, and by when',
    '  by:                # who says so',
    '  on:                # when, such as 2026-11-25',
    '  review:            # when to ask again',
  ]);
  return `# What has to answer at once, and why. Keep it in version control: the next report reads it.\n${lines.join('\n').trimStart()}\n`;
}

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length > 90) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
