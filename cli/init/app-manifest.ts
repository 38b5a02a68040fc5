/** What `delegation init` does to package.json. */
import { basename } from 'node:path';
import type { ExistingProject } from './existing-project.ts';
import type { PlannedFile } from './file-plan.ts';
import { manifestText, packageVersions, withPackages } from './package-manifest.ts';
import { inLanguage, readTemplate } from './template-files.ts';

export interface ManifestChoices {
  /** Whether a CDK app is made, which needs the CDK's command line. */
  readonly isCdkApp: boolean;
  /** The version of Node that runs this, e.g. `24.0.0`. */
  readonly nodeVersion: string;
}

/** @returns package.json with the packages that are missing; in a project without code, with the template's scripts as well */
export function planManifest(project: ExistingProject, { isCdkApp, nodeVersion }: ManifestChoices): PlannedFile {
  const { folder, manifest, isFresh, language } = project;
  const isTypeScript = language === 'typescript';
  const wanted = packageVersions(folder, { isCdkApp, isTypeScript, addsNode: isTypeScript && !readsTypeScript(nodeVersion) });
  const json = withPackages(isFresh ? freshManifest(project) : (manifest?.json ?? {}), wanted);
  if (manifest === undefined) return { action: 'create', path: 'package.json', text: manifestText(json), what: 'the packages it needs' };
  if (JSON.stringify(json) === JSON.stringify(manifest.json)) return { action: 'leave', path: 'package.json', what: 'has what is needed' };
  const what = `adds ${addedPackages(manifest.json, json).join(', ') || 'its scripts'}`;
  return { action: 'modify', path: 'package.json', text: manifestText(json, manifest.text), before: manifest.text, what };
}

/** Node runs TypeScript without a flag from 22.18 on. @see https://nodejs.org/docs/latest-v22.x/api/typescript.html */
function readsTypeScript(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}

/** The template's package.json, with the members that are there already. What `npm init` writes by default is a gap. */
function freshManifest({ folder, manifest, language }: ExistingProject): Readonly<Record<string, unknown>> {
  const template = JSON.parse(inLanguage(readTemplate('package.json'), language)) as { scripts: Readonly<Record<string, string>> };
  const { type: _, scripts = {}, ...own } = (manifest?.json ?? {}) as { type?: string; scripts?: Readonly<Record<string, string>> };
  const kept = Object.entries(scripts).filter(([, text]) => !text.includes('no test specified'));
  return { ...template, name: packageName(folder), ...own, scripts: { ...template.scripts, ...Object.fromEntries(kept) } };
}

/** @returns the packages of `after` that `before` does not name */
export function addedPackages(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): readonly string[] {
  const names = (json: Readonly<Record<string, unknown>>) =>
    ['dependencies', 'devDependencies'].flatMap((kind) => Object.keys(json[kind] ?? {}));
  const has = new Set(names(before));
  return names(after).filter((name) => !has.has(name));
}

/** @returns a name that npm takes @see https://docs.npmjs.com/cli/v11/configuring-npm/package-json#name */
export function packageName(folder: string): string {
  const plain = basename(folder).normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return (
    plain
      .replaceAll(/[^a-z0-9._-]+/g, '-')
      .replaceAll(/^[._-]+|-+$/g, '')
      .slice(0, 100) || 'jobs-app'
  );
}
