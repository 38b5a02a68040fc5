/** What assistants read: an index of the pages, and all of them in one text (https://llmstxt.org). */
import type { TitledSection } from './page-list.ts';

const summary = `# Delegation

> Background jobs in your own AWS account: a caller submits work over HTTPS and has an answer after one round trip; a Lambda worker does it behind an SQS queue; a
> DynamoDB record holds its state, progress and result. TypeScript, open source (Apache-2.0). Nothing has been released yet.

- The npm package is \`delegation-aws\` (constructs, worker, test kit, command line); that of callers is \`delegation-client\`.
- A job type is a folder with \`contract.ts\` (schemas, limits, permissions: plain data) and \`worker.ts\` (one function).
- Code of a worker runs again from its top after a sleep, a wait or a crash: each outside effect belongs into \`ctx.step\`, or carries \`ctx.idempotencyToken\`.
- \`npx delegation dev ./jobs\` runs the same handlers on a laptop; no AWS account is needed to try a job type.
- The record is the truth; an SQS message is only a wake-up.
`;

/** Whole sections that a reader with little room leaves out, as the format has it. */
const optional = ['The project', 'Decisions'];

/**
 * @param linkOf the address of a page, by its path from the root of the repository
 * @returns `llms.txt`: a summary, then a list of pages a section; those of no use to most come last, as Optional
 */
export function llmsText(sections: readonly TitledSection[], linkOf: (path: string) => string): string {
  const lines = (of: readonly TitledSection[]) =>
    of.flatMap(({ pages }) => pages.map(({ path, title, about }) => `- [${title}](${linkOf(path)}): ${about}`)).join('\n');
  const listed = sections.filter(({ title }) => !optional.includes(title)).map((section) => `## ${section.title}\n\n${lines([section])}\n`);
  return [summary, ...listed, `## Optional\n\n${lines(sections.filter(({ title }) => optional.includes(title)))}\n`].join('\n');
}

/** @returns `llms-full.txt`: the summary and the text of every page but those that are optional, each below its path */
export function llmsFullText(sections: readonly TitledSection[]): string {
  const pages = sections.filter(({ title }) => !optional.includes(title)).flatMap((section) => section.pages);
  return [summary, ...pages.map(({ path, text }) => `---\nsource: ${path}\n---\n\n${text}`)].join('\n');
}
