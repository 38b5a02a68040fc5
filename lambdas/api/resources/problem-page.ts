/** The page about a problem, at the address that is the problem's `type`. */
import { problemTexts } from '../openapi/problem-texts.ts';
import { type ProblemName, problems } from '../problems.ts';

/** @returns HTML without a script */
export function problemPage(code: ProblemName): string {
  const { status, title } = problems[code];
  const { cause, remedy } = problemTexts[code];
  const rows = [['Status', String(status)], ['What happened', cause], ...(remedy === '' ? [] : [['What to do', remedy]])];
  const list = rows.map(([name, text = '']) => `<dt>${name}</dt><dd>${toHtml(text)}</dd>`).join('');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${code}</title><h1><code>${code}</code></h1><p>${toHtml(title)}.</p><dl>${list}</dl></html>`;
}

/** @param text Markdown that has nothing but code spans */
function toHtml(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return escaped.replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
