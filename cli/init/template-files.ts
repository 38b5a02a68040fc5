/** The files of a new app, from the folder `template`, for a language, a package manager and a name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandsOf, type PackageManager } from './package-manager.ts';

export type Language = 'typescript' | 'javascript';

const folder = join(import.meta.dirname, 'template');
export const exampleType = 'send-greeting';

/** @returns a file of the template as it is: TypeScript, for npm */
export function readTemplate(file: string): string {
  return readFileSync(join(folder, ...file.split('/')), 'utf8');
}

/** A file of a new job type. */
export interface JobTypeFile {
  /** In the folder of job types, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly what: string;
}

const jobTypeParts = [
  ['contract', 'what callers see of the job type'],
  ['worker', 'the work'],
  ['worker.test', 'its test, on the real engine in memory'],
] as const;

/** @returns the contract, the worker and the test of a job type of that name */
export function jobTypeFiles(name: string, language: Language): readonly JobTypeFile[] {
  return jobTypeParts.map(([file, what]) => {
    const text = readTemplate(`jobs/${exampleType}/${file}.ts`).replaceAll(exampleType, name);
    return { path: `${name}/${file}${extensionOf(language)}`, text: inLanguage(text, language), what };
  });
}

export const extensionOf = (language: Language) => (language === 'typescript' ? '.ts' : '.js');

/**
 * JavaScript of the template's TypeScript, whose types are of two kinds only: names imported as types, and `satisfies` at the end of an expression.
 * A test compares it with what a compiler writes.
 */
export function inLanguage(text: string, language: Language): string {
  if (language === 'typescript') return text;
  return text
    .replaceAll(/\btype \w+, /g, '')
    .replaceAll(/ satisfies [\w<> ]+;/g, ';')
    .replaceAll(/\b(contract|worker|test|app|config)\.ts\b/g, '$1.js');
}

/** @returns the text with the commands of another package manager in place of npm's */
export function forManager(text: string, manager: PackageManager): string {
  const { install, test, exec } = commandsOf[manager];
  return text.replaceAll('npm install', install).replaceAll('npm test', test).replaceAll('npx ', `${exec} `);
}

/** The two lines of `delegation.config.ts` that a job type needs: its import, and its entry in the list. */
export function configLines(name: string, config: string): { readonly importLine: string; readonly entry: string } {
  const [importLine = '', entry = ''] = config
    .split('\n')
    .filter((line) => line.includes(`'${exampleType}'`) || line.includes(`/${exampleType}/`));
  const named = (line: string) => line.trim().replaceAll(exampleType, name).replaceAll('sendGreeting', camelCase(name));
  return { importLine: named(importLine), entry: named(entry) };
}

const camelCase = (name: string) => name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
