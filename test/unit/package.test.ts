import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import jestConfig from '../../jest.config.ts';

const root = join(__dirname, '..', '..');
const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));
const { name, exports, dependencies, peerDependencies } = read('package.json') as {
  name: string;
  exports: Record<string, { types: string; default: string } | string>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
};
const sourceOf = (built: string) => built.replace('./dist/', './').replace(/(\.d\.ts|\.js)$/, '.ts');
const entries = Object.entries(exports).flatMap(([path, target]) => (typeof target === 'string' ? [] : [[path, target] as const]));

it.each(entries)('%s of the package is built, with its types, from one source', (_, target) => {
  expect(sourceOf(target.types)).toBe(sourceOf(target.default));
  expect(existsSync(join(root, sourceOf(target.default)))).toBe(true);
});

it('finds the same sources in the repository under the names that users import', () => {
  const sources = Object.fromEntries(entries.map(([path, target]) => [path.replace('.', name), sourceOf(target.default)]));
  const { paths } = read('tsconfig.json').compilerOptions as { paths: Record<string, string[]> };
  expect(Object.fromEntries(Object.entries(paths).map(([key, [source]]) => [key, source]))).toEqual(sources);
  for (const project of jestConfig.projects) {
    const mapped = Object.entries((project as { moduleNameMapper: Record<string, string> }).moduleNameMapper);
    const found = mapped.map(([pattern, source]) => [pattern.replace(/^\^|\$$/g, ''), source.replace('<rootDir>', '.')] as const);
    expect(Object.fromEntries(found.filter(([key]) => key.startsWith(name)))).toEqual(sources);
  }
});

it('names every package that it imports among its dependencies', () => {
  const { include, exclude } = read('tsconfig.build.json') as { include: string[]; exclude: string[] };
  const folders = include.filter((path) => !path.endsWith('.ts')).concat('lib');
  const files = folders
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
    .filter(
      (file) => file.endsWith('.ts') && !exclude.includes(file) && !/^(lib[/\\](doctor|cost)|cli[/\\]init[/\\]template)[/\\]/.test(file),
    );
  const imported = files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return [...text.matchAll(/^(?:import|export) (?!type )(?:[^;]*?from )?'([^'.#][^']*)';$/gm)].map(([, target = '']) => target);
  });
  const packages = new Set(
    imported
      .filter((target) => !target.startsWith('node:') && !builtinModules.includes(target))
      .map((target) =>
        target
          .split('/')
          .slice(0, target.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
  );
  expect(packages.size).toBeGreaterThan(10);
  expect([...packages].filter((one) => !(one in dependencies) && !(one in peerDependencies))).toEqual([]);
});
