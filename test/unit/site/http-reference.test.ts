import { readFileSync } from 'node:fs';
import { anchorsOf } from '../../../site/heading-anchor.ts';
import { type ApiDocument, httpReference } from '../../../site/http-reference.ts';
import { cell, typeText } from '../../../site/schema-text.ts';

const document: ApiDocument = JSON.parse(readFileSync('openapi.json', 'utf8'));
const page = readFileSync('docs/http-reference.md', 'utf8');
const sections = new Map(page.split(/^### /m).map((section) => [section.split('\n', 1)[0], section]));
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
);

it('is what docs/http-reference.md has: npm run docs writes it', () => expect(page).toBe(httpReference(document)));

it.each(operations)('has %s with each of its parameters and statuses', (title, { parameters = [], responses }) => {
  const section = sections.get(title) ?? '';
  const [common = ''] = /## Answers of many operations.*?\n## /s.exec(page) ?? [];
  expect(parameters.filter(({ name }) => !section.includes(`| \`${name}\` |`))).toEqual([]);
  const statuses = Object.keys(responses).filter((status) => ![section, common].some((text) => text.includes(`\n| ${status} |`)));
  expect(statuses).toEqual([]);
});

it('leads to a section from everything that it names', () => {
  const anchors = anchorsOf(page);
  const targets = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, target]) => target);
  expect(targets.length).toBeGreaterThan(100);
  expect(targets.filter((target) => !anchors.includes(target ?? ''))).toEqual([]);
});

it.each([
  [{ type: 'string', minLength: 1, maxLength: 100_000 }, 'string, at most 100,000 characters'],
  [{ type: 'integer', minimum: 1, maximum: 20 }, 'integer, 1 to 20'],
  [{ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, 'integer'],
  [{ type: ['string', 'null'], format: 'date-time' }, 'date-time or null'],
  [{ enum: ['asc', 'desc'] }, '`asc` or `desc`'],
  [{ anyOf: [{ $ref: '#/components/schemas/JobError' }, { type: 'null' }] }, '[JobError](#joberror) or null'],
  [{ items: { type: 'string' }, minItems: 3, maxItems: 3 }, 'list of string, 3'],
  [{ additionalProperties: { type: 'string' } }, 'object of string'],
  [{}, 'any JSON'],
] as const)('says in words what %j allows', (schema, text) => expect(typeText(schema)).toBe(text));

it('keeps a cell in its row', () => expect(cell('a | b\n\nc')).toBe('a \\| b c'));
