/** The page about CI: its workflow is YAML that names what exists, and its policies are JSON. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..', '..');
const page = readFileSync(join(root, 'docs', 'ci-cd.md'), 'utf8');
const blocksIn = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text);
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Readonly<Record<string, string>> };

it('has policies that are JSON, of which each statement says who may do what', () => {
  const policies = blocksIn('json').map((text) => JSON.parse(text) as { Statement: readonly Record<string, unknown>[] });
  expect(policies).toHaveLength(2);
  for (const { Statement } of policies)
    for (const one of Statement) expect(one).toMatchObject({ Effect: 'Allow', Action: expect.any(String) });
});

it('calls scripts that there are', () => {
  const named = [...page.matchAll(/npm run (?:-s )?([a-z:]+)/g)].map(([, name = '']) => name);
  expect(new Set(named)).toEqual(new Set(['doctor', 'conformance']));
  for (const name of named) expect(scripts).toHaveProperty(name);
  expect(existsSync(join(root, '.github', 'workflows'))).toBe(true);
});
