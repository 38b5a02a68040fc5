/**
 * esbuild as the tests of the stack load it: a bundle is built once, and read from `.build/bundles` while the files it was built from are
 * what they were. Every test file synthesises stacks, and each stack holds six bundles of about a CPU second each.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import * as esbuild from 'esbuild/lib/main.js';

interface Kept {
  /** Path, time of the last change, size. */
  readonly inputs: readonly (readonly [path: string, mtimeMs: number, size: number])[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly result: esbuild.BuildResult;
}

const root = join(__dirname, '..', '..');
const cacheFolder = join(root, '.build', 'bundles');
/** The installed packages, as one checksum. */
const installed = createHash('sha256')
  .update(readFileSync(join(root, 'node_modules', '.package-lock.json')))
  .digest('hex');
/** The bundles that this test file has used: a source does not change while it runs. */
const used = new Map<string, Kept>();

export function buildSync(options: esbuild.BuildOptions): esbuild.BuildResult {
  const { outdir, metafile } = options;
  if (outdir === undefined || metafile !== true) return esbuild.buildSync(options);
  const file = join(cacheFolder, `${keyOf(options)}.json`);
  const kept = used.get(file) ?? read(file) ?? build(options, file);
  used.set(file, kept);
  for (const [name, text] of Object.entries(kept.outputs)) {
    mkdirSync(dirname(join(outdir, name)), { recursive: true });
    writeFileSync(join(outdir, name), text);
  }
  return kept.result;
}

/** All that a bundle depends on but its source files: options, generated modules by their text, esbuild and the installed packages. */
function keyOf({ outdir: _, alias = {}, ...options }: esbuild.BuildOptions): string {
  const aliases = Object.entries(alias).map(([name, file]) => [name, readFileSync(file, 'utf8')]);
  const key = JSON.stringify([esbuild.version, process.cwd(), options, aliases, installed]);
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}

function read(file: string): Kept | undefined {
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept;
    return kept.inputs.every(([path, mtimeMs, size]) => stampOf(path)?.join() === [mtimeMs, size].join()) ? kept : undefined;
  } catch {
    return undefined; // not there, or written by another version of this file
  }
}

function build(options: esbuild.BuildOptions, file: string): Kept {
  const { outputFiles = [], ...result } = esbuild.buildSync({ ...options, write: false });
  const { outdir = '', alias = {} } = options;
  const generated = new Set(Object.values(alias).map((path) => resolve(path)));
  const sources = Object.keys(result.metafile?.inputs ?? {})
    .map((path) => resolve(path))
    .filter((path) => !generated.has(path));
  const kept: Kept = {
    inputs: sources.map((path) => {
      const [mtimeMs = 0, size = 0] = stampOf(path) ?? [];
      return [path, mtimeMs, size];
    }),
    outputs: Object.fromEntries(outputFiles.map(({ path, text }) => [relative(outdir, path), text])),
    result: { ...result, outputFiles: undefined } as esbuild.BuildResult,
  };
  // By a rename, so that workers that build the same bundle at the same time read a whole file.
  mkdirSync(cacheFolder, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(kept));
  renameSync(unfinished, file);
  return kept;
}

function stampOf(path: string): readonly [mtimeMs: number, size: number] | undefined {
  const { mtimeMs, size } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return mtimeMs === undefined || size === undefined ? undefined : [mtimeMs, size];
}
