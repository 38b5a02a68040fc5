/** Reads the answers file: YAML or JSON, checked where it enters. */
import * as z from 'zod';
import { ReportError } from '../report-error.ts';
import type { AnswerEntry } from './answers-file.ts';

/** An empty value is a line of the form that is not filled in yet. */
const filled = <Schema extends z.ZodType>(schema: Schema) => schema.nullish().transform((value) => value ?? undefined);
const date = z.iso.date('must be a date such as 2027-05-20');

const entry = z.strictObject({
  endpoint: z.string('must be a text').regex(/^[A-Z]+ \S.*$/, 'must be a method and a template, such as "POST /v1/payments"'),
  answer: z.enum(['keep', 'delegate', 'hybrid'], 'must be keep, delegate or hybrid, or empty for "not answered yet"'),
  because: z.string('is missing: say why, in a sentence').min(1, 'is missing: say why, in a sentence').max(1_000),
  needs: filled(z.string('must be a text').max(1_000)),
  neededWithinSeconds: filled(z.number('must be a number of seconds').positive('must be above 0')),
  by: filled(z.string('must be a text').max(200)),
  on: filled(date),
  review: filled(date),
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
  const entries = list
    .filter((one) => !isOpen(one))
    .map((one) => {
      const result = entry.safeParse(one);
      if (result.success) return withoutUndefined(result.data);
      const [issue] = result.error.issues;
      const named = (one as { readonly endpoint?: unknown } | null)?.endpoint;
      const where = typeof named === 'string' ? named : `entry ${list.indexOf(one) + 1}`;
      const member = issue?.path.join('.') ?? '';
      throw new ReportError(`${name}, ${where}: ${member === '' ? '' : `${member} `}${issue?.message ?? 'is not understood'}.`);
    });
  const seen = new Set<string>();
  for (const { endpoint } of entries) {
    if (seen.has(endpoint)) throw new ReportError(`${name} has two entries for ${endpoint}: keep one.`);
    seen.add(endpoint);
  }
  return entries;
}

/** An entry of the form whose answer is still empty. */
const isOpen = (one: unknown) =>
  typeof one === 'object' && one !== null && 'answer' in one && (one.answer === null || one.answer === undefined);

const withoutUndefined = (one: z.output<typeof entry>) =>
  Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)) as unknown as AnswerEntry;

export interface OpenQuestion {
  readonly endpoint: string;
  readonly question: string;
  readonly verdict: string;
  /** Whether the file has an entry already, which is due or contradicted. */
  readonly isAnswered: boolean;
}

/** @returns entries for what is unanswered, to be added to the file, filled in and kept in version control */
export function answersTemplate(questions: readonly OpenQuestion[]): string {
  if (questions.length === 0) return '# No question is open.\n';
  const lines = questions.flatMap(({ endpoint, question, verdict, isAnswered }) => [
    '',
    ...wrapped(isAnswered ? `Ask again, and change the entry of ${endpoint}: ${question}` : question).map((line) => `# ${line}`),
    ...(isAnswered
      ? []
      : [
          `- endpoint: ${JSON.stringify(endpoint)}`,
          `  answer:              # keep, delegate or hybrid; the logs say: ${verdict}`,
          '  because:             # why, in a sentence',
          '  needs:               # who needs the answer',
          '  neededWithinSeconds: # by when',
          '  by:                  # who says so',
          '  on:                  # when, such as 2026-11-25',
          '  review:              # when to ask again',
        ]),
  ]);
  return `${lines.join('\n').trimStart()}\n`;
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
