/**
 * `npm run bench -- cold-start`: measures how large the functions' bundles are and how long they take to load, next to a bare function with the API's SDK clients.
 * With `--json`, it loads the API's function and the bare one alone, and prints a line of JSON: bytes, and each round's processor time in milliseconds.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { writeConfig } from '../lambdas/config.ts';
import { catalogue } from '../lambdas/jobs/catalogue.ts';
import { type Bundle, bareBundle, functionBundles } from './bundles.ts';
import { median } from './measure/benchmarks.ts';

const { values } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string', default: '15' }, json: { type: 'boolean' } } });
const rounds = Number(values.rounds);
const bundles = [bareBundle(), ...functionBundles()].filter(({ name }) => values.json !== true || name === 'bare' || name === 'api');
const loads = new Map(bundles.map(({ name }) => [name, [] as Load[]]));
for (const bundle of bundles) load(bundle); // into the machine's file cache
// In turns, so that a slow moment of the machine affects all of them.
for (let round = 0; round < rounds; round++) for (const bundle of bundles) loads.get(bundle.name)?.push(load(bundle));

if (values.json === true) printJson();
else printTable();

function printJson(): void {
  const measured = bundles.map(({ name, bytes }) => [
    [`${name}-bytes`, [bytes]],
    [`${name}-cpu-ms`, loads.get(name)?.map(({ cpuMs }) => cpuMs)],
  ]);
  console.log(JSON.stringify(Object.fromEntries(measured.flat())));
}

function printTable(): void {
  const [bare] = bundles;
  console.log(`Node ${process.version}, ${rounds} rounds in turns; medians\n`);
  console.log('| function | bundle, KB | of bare | CPU, ms | of bare | load, ms | of bare |\n|---|---|---|---|---|---|---|');
  for (const { name, bytes } of bundles) {
    const size = `${Math.round(bytes / 1000)} | ${(bytes / (bare?.bytes ?? 1)).toFixed(2)}`;
    const times = (['cpuMs', 'wallMs'] as const).map((clock) => {
      const [ms, bareMs] = [name, 'bare'].map((one) => median((loads.get(one) ?? []).map((measured) => measured[clock])));
      return `${ms?.toFixed(0)} | ${((ms ?? 0) / (bareMs ?? 1)).toFixed(2)}`;
    });
    console.log(`| ${name} | ${size} | ${times.join(' | ')} |`);
  }
}

interface Load {
  /** The time that all threads of the process took. Unlike the time on the wall, it hardly depends on what else the machine does. */
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** @returns the times from the first byte read until the handler exists, in a separate process, as in Lambda's INIT phase */
function load({ name, file }: Bundle): Load {
  const queues = Object.fromEntries(
    (name === 'api' || name === 'clock' ? catalogue.map((type) => type.name) : [name]).map((type) => [type, { url: 'https://queue' }]),
  );
  const settings = {
    writableTables: [],
    sourceBuckets: [],
    admins: [],
    ec2: { instanceTypes: [], subnetIds: [], imageIds: [], launchTemplates: [] },
  };
  const times = { leaseSeconds: 120, graceSeconds: 120, clockSeconds: 60, retentionDays: 30 };
  const env = {
    ...writeConfig({ tableName: 't', bucketName: 'b', queues, settings, ...times }),
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: name,
  };
  const script = `
    const [began, before] = [performance.now(), process.cpuUsage()];
    require(${JSON.stringify(file)});
    const { user, system } = process.cpuUsage(before);
    console.log(JSON.stringify({ cpuMs: (user + system) / 1000, wallMs: performance.now() - began }));
    process.exit();`;
  const output = execFileSync(process.execPath, ['--input-type=commonjs', '-e', script], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  return JSON.parse(output.toString()) as Load;
}
