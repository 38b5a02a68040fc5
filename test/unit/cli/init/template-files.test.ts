import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { packageVersions } from '../../../../cli/init/package-manifest.ts';
import { configLines, inLanguage, jobTypeFiles, readTemplate } from '../../../../cli/init/template-files.ts';

const root = join(__dirname, '..', '..', '..', '..');
const template = join(root, 'cli', 'init', 'template');
const sources = readdirSync(template, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

it('sees the files that it judges', () => expect(sources.length).toBe(5));

it.each(sources)('turns %s into the JavaScript that a compiler writes', (file) => {
  const text = readFileSync(join(template, file), 'utf8');
  // Printed by one printer, both lose what says nothing: comments and layout.
  const printed = (code: string, loader: 'ts' | 'js') =>
    transformSync(code, {
      loader,
      target: 'es2024',
      minifyWhitespace: true,
      tsconfigRaw: '{"compilerOptions":{"verbatimModuleSyntax":true}}',
    }).code;
  expect(printed(inLanguage(text, 'javascript'), 'js')).toBe(printed(text, 'ts').replaceAll(/\.ts"/g, '.js"'));
});

it('leaves nothing of the example in a job type of another name', () => {
  const files = jobTypeFiles('resize-image', 'javascript');
  expect(files.map(({ path }) => path)).toEqual(['contract', 'worker', 'worker.test'].map((file) => `resize-image/${file}.js`));
  expect(files.map(({ text }) => text).join('')).not.toContain('send-greeting');
});

it('finds the lines of a job type in the config of the template, also for names that are words of the language', () => {
  const { importLine, entry } = configLines('delete', readTemplate('delegation.config.ts'));
  expect(importLine).toBe("import { contract as deleteContract } from './jobs/delete/contract.ts';");
  expect(entry).toMatch(/^\{ contract: deleteContract, folder: .*'delete'\) \},$/);
});

it('takes the versions from the package itself', () => {
  const { version, peerDependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const versions = packageVersions('/elsewhere', { isCdkApp: true, isTypeScript: true, addsNode: true });
  expect(versions.dependencies).toEqual({
    'aws-cdk-lib': peerDependencies['aws-cdk-lib'],
    constructs: peerDependencies.constructs,
    'delegation-aws': `^${version}`,
    zod: peerDependencies.zod,
  });
  const tools = ['@types/node', 'aws-cdk', 'node', 'typescript'];
  expect(versions.devDependencies).toEqual(Object.fromEntries(tools.map((name) => [name, devDependencies[name]])));
});
