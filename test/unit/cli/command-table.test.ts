/** The table of commands against what its commands read and what the API answers. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commands } from '../../../cli/commands.ts';
import { groupFields, jobFields, meFields, scheduleFields, selectionFields, wholeJobTypeFields } from '../../../cli/job-fields.ts';

const root = join(__dirname, '..', '..', '..');
const tables = readdirSync(join(root, 'cli', 'table')).map((name) => readFileSync(join(root, 'cli', 'table', name), 'utf8'));

/** @returns the file that a command is loaded from, as the table names it */
function fileOf(command: string): string {
  const table = tables.find((source) => source.includes(`name: '${command}',`)) ?? '';
  const load = table.slice(table.indexOf(`name: '${command}',`)).match(/load: async [\s\S]*?(?:import\('([^']+)'\)|await (\w+)\(\))/);
  const path = load?.[1] ?? new RegExp(`const ${load?.[2]} = \\(\\) => import\\('([^']+)'\\)`).exec(table)?.[1];
  return join(root, 'cli', 'table', path ?? 'nothing');
}

/** @returns the text of a file and of all that it imports, but for the table and the help themselves */
function textOf(file: string, seen = new Set<string>()): string {
  if (seen.has(file) || !existsSync(file) || /cli\/(table\/|common-options\.ts)/.test(file)) return '';
  seen.add(file);
  const source = readFileSync(file, 'utf8');
  const imported = [...source.matchAll(/(?:from|import\() ?'(\.[^']+\.ts)'/g)].map(([, path = '']) =>
    textOf(join(dirname(file), path), seen),
  );
  return [source, ...imported].join('\n');
}

it.each(commands.map((command) => [command.name, command] as const))('lets %s read each option that its help names', (name, command) => {
  const source = textOf(fileOf(name));
  expect(source).not.toBe('');
  const unread = Object.keys(command.options ?? {}).filter(
    (option) => !new RegExp(`'${option}'|\\.${option}\\b|[{,] ${option}[,:]`).test(source),
  );
  expect(unread).toEqual([]);
});

const { schemas } = (JSON.parse(readFileSync(join(root, 'openapi.json'), 'utf8')) as { components: { schemas: Record<string, unknown> } })
  .components;

it.each<readonly [schema: string, fields: readonly string[]]>([
  ['Job', jobFields],
  ['JobType', wholeJobTypeFields],
  ['Schedule', scheduleFields],
  ['Group', groupFields],
  ['Me', meFields],
  ['Selection', selectionFields],
])('picks the members that the API describes for %s, and no others', (schema, fields) => {
  const { properties } = schemas[schema] as { readonly properties: object };
  expect([...fields].sort()).toEqual(Object.keys(properties).sort());
});
