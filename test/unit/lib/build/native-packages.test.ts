import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checksumIn, duckDbPackage, knownChecksums } from '../../../../lib/build/native-packages.ts';

const root = join(__dirname, '..', '..', '..', '..');
const lockfile = readFileSync(join(root, 'package-lock.json'), 'utf8');
const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')) as Record<string, Record<string, string>>;

describe('the release of DuckDB that the package names', () => {
  const version = duckDbPackage.split('@').at(-1) ?? '';

  it('is the one that the repository is tested with and that its users are asked for', () => {
    const { devDependencies, peerDependencies } = read('package.json');
    expect([devDependencies?.['@duckdb/node-api'], peerDependencies?.['@duckdb/node-api']]).toEqual([version, version]);
  });

  it('is fetched for both architectures of Lambda with the checksums of the lockfile', () => {
    const names = ['arm64', 'x64'].map((cpu) => `@duckdb/node-bindings-linux-${cpu}`);
    expect(knownChecksums).toEqual(Object.fromEntries(names.map((name) => [`${name}@${version}`, checksumIn(lockfile, name, version)])));
    expect(Object.values(knownChecksums)).toEqual([expect.stringMatching(/^sha512-/), expect.stringMatching(/^sha512-/)]);
  });
});

describe('the checksum of a package', () => {
  const pnpm = `lockfileVersion: '9.0'
packages:

  '@img/binding-linux-arm64@1.2.3':
    resolution: {integrity: sha512-YXJt}
    cpu: [arm64]

  '@img/binding-linux-x64@1.2.3':
    resolution: {integrity: sha512-eDY0}
    cpu: [x64]

snapshots:

  '@img/binding@1.2.3':
    optionalDependencies:
      '@img/binding-linux-arm64': 1.2.3
      '@img/binding-linux-x64': 1.2.3
`;
  const yarn = `# yarn lockfile v1

"@img/binding-linux-arm64@1.2.3", "@img/binding-linux-arm64@^1.2.0":
  version "1.2.3"
  resolved "https://registry.example/@img/binding-linux-arm64/-/binding-linux-arm64-1.2.3.tgz#0a"
  integrity sha512-YXJt

"@img/binding-linux-x64@1.2.3":
  version "1.2.3"
  integrity sha512-eDY0
`;

  it.each([
    ['pnpm', pnpm],
    ['Yarn 1', yarn],
  ])('is read from a lockfile of %s, for the very name and version', (_, text) => {
    expect(checksumIn(text, '@img/binding-linux-arm64', '1.2.3')).toBe('sha512-YXJt');
    expect(checksumIn(text, '@img/binding-linux-x64', '1.2.3')).toBe('sha512-eDY0');
    expect(checksumIn(text, '@img/binding-linux-x64', '1.2.4')).toBeUndefined();
    expect(checksumIn(text, '@img/binding-linux', '1.2.3')).toBeUndefined();
    expect(checksumIn(text, '@img/binding', '1.2.3')).toBeUndefined();
  });

  it('is read from a lockfile of npm, for the very version', () => {
    expect(checksumIn(lockfile, '@duckdb/node-bindings-linux-x64', '1.5.5')).toBeUndefined();
    expect(checksumIn(lockfile, '@duckdb/node-bindings-linux-x32', '1.5.5-r.5')).toBeUndefined();
  });
});
