import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from '../../../cli/commands.ts';
import { parseCommand } from '../../../cli/parse-command.ts';
import { cliReference } from '../../../cli/reference-page.ts';

const page = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'cli.md'), 'utf8');

it('is what docs/cli.md has: npm run docs writes it', () => expect(page).toBe(cliReference(commands)));

it('shows what is in angle brackets outside of code, which Markdown would take for an element', () =>
  expect(page.replaceAll(/```.*?```|`[^`]*`/gs, '')).not.toMatch(/(?<!\\)<\w/));

/** The words of each call in a line of a shell: `[['jobs', '-q'], ['retry']]`. */
function callsIn(line: string): readonly (readonly string[])[] {
  const words = [...line.matchAll(/[|>()]|(?:'[^']*'|"[^"]*"|[^\s'"|>()])+/g)].map(([word]) => word);
  return words.flatMap((word, at) => {
    if (word !== 'delegation') return [];
    const end = words.findIndex((other, i) => i > at && /^[|>)]$/.test(other));
    return [words.slice(at + 1, end === -1 ? undefined : end).map((one) => one.replaceAll(/['"]/g, ''))];
  });
}

it.each(commands.flatMap(({ examples = [] }) => examples.map(([line]) => line)))(
  'has an example that is a call of a command: %s',
  (line) => {
    const calls = callsIn(line);
    expect(calls.length).toBeGreaterThan(0);
    for (const call of calls) expect(parseCommand(call, commands).kind).toBe('command');
  },
);
