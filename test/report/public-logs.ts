/**
 * Reads logs that others have published, in packages of npm and PyPI, with the readers of the report.
 * `node --disable-warning=ExperimentalWarning test/report/public-logs.ts` needs npm, pip, tar and a registry. It fails on a crash, and where
 * fewer lines are understood than is known of a sample.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentReaders, logReaders } from '../../report/read/readers.ts';
import { ReportError } from '../../report/report-error.ts';
import { type PublicSample, publicSamples } from './public-samples.ts';

interface Understood {
  readonly lines: number;
  readonly understood: number;
  /** A reader that takes every line for noise has understood nothing. */
  readonly requests: number;
}

const folder = mkdtempSync(join(tmpdir(), 'public-logs-'));
try {
  const failures = publicSamples.filter((sample) => !isGood(sample));
  const packages = new Set(publicSamples.map(({ from }) => from));
  if (failures.length > 0) throw new Error(`Below the known share: ${failures.map(({ from, file }) => `${from} ${file}`).join(', ')}`);
  console.log(`public-logs: ${publicSamples.length} samples of ${packages.size} packages read without a crash`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function isGood(sample: PublicSample): boolean {
  const { lines, understood } = readSample(textsOf(sample));
  const percent = lines === 0 ? 0 : Math.round((100 * understood) / lines);
  console.log(
    `public-logs: ${sample.from} ${sample.file}: ${lines} lines, ${understood} understood (${percent} %)${sample.reason === undefined ? '' : `; ${sample.reason}`}`,
  );
  return lines >= sample.leastLines && percent >= sample.leastPercent;
}

/** What the sample is: a whole file, the parts of it that are logs, or what its generator prints. */
function textsOf({ from, file, pattern, script }: PublicSample): string {
  const at = unpack(from);
  if (script !== undefined)
    return execFileSync('python3', ['-c', script], { env: { ...process.env, PYTHONPATH: at }, encoding: 'utf8', maxBuffer: 2 ** 28 });
  const text = readFileSync(join(at, file), 'utf8');
  return pattern === undefined ? text : [...text.matchAll(pattern)].map(([whole, part]) => part ?? whole).join('\n');
}

/** Downloads a package once, and returns where its files are. */
function unpack(from: string): string {
  const [registry = '', spec = ''] = from.split(/:(.*)/);
  const at = join(folder, from.replace(/\W/g, '_'));
  const run = (command: string, ...words: readonly string[]) =>
    execFileSync(command, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  if (readdirSync(folder).includes(from.replace(/\W/g, '_'))) return at;
  run('mkdir', at);
  if (registry === 'npm') {
    const [archive = ''] = run('npm', 'pack', '--silent', spec).toString().trim().split('\n').slice(-1);
    run('tar', 'xzf', archive, '-C', at);
  } else if (registry === 'pypi-source') {
    run('pip', 'download', '--quiet', '--no-deps', '--no-binary', ':all:', '--dest', at, spec);
    for (const archive of readdirSync(at)) run('tar', 'xzf', join(at, archive), '-C', at);
  } else run('pip', 'install', '--quiet', '--no-deps', '--target', at, ...spec.split(' '));
  return at;
}

/** Offers the text to all readers, and takes what the best one understands. */
function readSample(text: string): Understood {
  const documents = documentReaders.filter(({ recognises }) => recognises(text.slice(0, 4_096)));
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const results =
    documents.length > 0
      ? documents.map(({ readDocument }) => inDocument(readDocument(text)))
      : logReaders.map(({ open }) => inLines(lines, open));
  const best = results.toSorted((a, b) => b.requests - a.requests)[0];
  return best === undefined || best.requests === 0 ? { lines: lines.length, understood: 0, requests: 0 } : best;
}

function inDocument({ requests, unparsed }: { readonly requests: readonly unknown[]; readonly unparsed: number }): Understood {
  return { lines: requests.length + unparsed, understood: requests.length, requests: requests.length };
}

function inLines(lines: readonly string[], open: (typeof logReaders)[number]['open']): Understood {
  try {
    // These samples are mixed from many tests, so the unit of a last number is not judged here.
    const { read } = open({ name: 'access.log', lines: lines.slice(0, 1_000) }, { timezone: 'UTC', latencyUnit: 'us' });
    const results = lines.map((line) => read(line));
    const understood = results.filter((result) => result !== undefined).length;
    return { lines: lines.length, understood, requests: understood - results.filter((result) => result === 'noise').length };
  } catch (error) {
    if (error instanceof ReportError) return { lines: lines.length, understood: 0, requests: 0 };
    throw error;
  }
}
