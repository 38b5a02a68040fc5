import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Locked {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly deprecated?: string;
  readonly hasInstallScript?: boolean;
}
const read = <T>(file: string): T => JSON.parse(readFileSync(join(__dirname, '..', '..', file), 'utf8'));
const nameOf = (path: string) => path.split('node_modules/').at(-1);
const packagesOf = (file: string) => read<{ packages: Record<string, Locked> }>(file).packages;
const packages = packagesOf('package-lock.json');

describe.each(['package-lock.json', 'site/package-lock.json'])('%s', (file) => {
  const locked = packagesOf(file);
  const names = new Set(Object.keys(locked).map(nameOf));

  it("pins the binaries of every platform, not only of the machine that wrote it: without, npm ci fails on the others' and on its own", () => {
    const wanted = Object.values(locked).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies));
    expect(wanted.length).toBeGreaterThan(20);
    expect(wanted.filter((name) => !names.has(name))).toEqual([]);
  });

  it('names no registry, so that it serves behind any mirror', () => {
    expect(Object.values(locked).filter(({ resolved }) => resolved?.startsWith('http'))).toEqual([]);
  });
});

/** Npm would warn of these, but `.npmrc` shows errors alone: docs/decisions/0028-npm-shows-errors-alone.md. */
describe('what npm does not show', () => {
  it('no package is deprecated', () =>
    expect(Object.keys(packages).filter((path) => packages[path]?.deprecated !== undefined)).toEqual([]));

  it('every install script is allowed or refused', () => {
    const { allowScripts } = read<{ allowScripts: Record<string, boolean> }>('package.json');
    const scripts = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript === true);
    expect(scripts.map(nameOf).sort()).toEqual(Object.keys(allowScripts).sort());
  });
});
