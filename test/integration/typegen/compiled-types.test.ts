/** What typegen writes, as the compiler sees it: values of a schema fit its type, and a client with the types of a deployment is typed. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as fc from 'fast-check';
import * as z from 'zod';
import { deployedJobTypes } from '../../../cli/typegen/deployed-job-types.ts';
import { typesOf } from '../../../cli/typegen/types-file.ts';
import { parseExact, stringifyExact } from '../../../client/unrounded-json.ts';
import type { JobTypeContract } from '../../../lambdas/core/contract/contract.ts';
import { catalogue } from '../../../lambdas/jobs/catalogue.ts';
import { memoryClient } from '../../support/memory-client.ts';
import { nonsense } from '../../support/nonsense-schemas.ts';
import { schemas } from '../../support/random-schemas.ts';
import { greetings, ScheduleBench } from '../../support/schedule-bench.ts';
import { sizeOf } from '../../support/size.ts';

const root = join(__dirname, '..', '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'typegen-compiled-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Compiles files as strictly as the product, and changes to its options. @returns what the compiler says */
async function compile(name: string, files: Readonly<Record<string, string>>, changes: object = {}): Promise<string> {
  const home = join(folder, name);
  mkdirSync(home);
  for (const [file, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) writeFileSync(join(home, file), text);
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  const options = { ...compilerOptions, types: [], paths: {}, skipLibCheck: false, ...changes };
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['*.ts'] }));
  const ran = promisify(execFile)(join(root, 'node_modules', '.bin', 'tsc'), ['-p', home], { cwd: home, maxBuffer: 2 ** 26 });
  const { stdout } = await ran.catch((error: { stdout: string }) => error);
  return stdout;
}

/** @returns a value as it would be in a source, which the client gives at run time: numbers beyond 2^53 as `bigint` */
function sourceOf(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return `[${value.map(sourceOf).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, one]) => `[${JSON.stringify(name)}]: ${sourceOf(one)}`)
    .join(', ')} }`;
}

const described = (name: string, inputSchema: unknown, resultSchema: unknown) => ({
  ...{ name, description: '', schemaHash: '', signalSchemas: {} },
  ...{ inputSchema: inputSchema as Record<string, unknown>, resultSchema: resultSchema as Record<string, unknown> },
});
const deployment = (jobTypes: Parameters<typeof typesOf>[0]['jobTypes']) => typesOf({ deployment: null, version: '1.0.0', jobTypes });

it('writes types that every value of a schema fits', async () => {
  const seed = 20261126;
  const cases = fc.sample(schemas, { seed, numRuns: sizeOf({ full: 1_000, quick: 250 }) });
  const jobTypes = cases.map(({ schema }, i) =>
    described(
      `type-${i}`,
      z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
      z.toJSONSchema(schema, { unrepresentable: 'any' }),
    ),
  );
  const values = cases.flatMap(({ schema, values: all }, i) => {
    const sampled = fc.sample(all, { seed, numRuns: 3 }).map((value) => parseExact(stringifyExact(value)));
    // A few parts contradict each other, as one name in both parts of an intersection.
    return sampled.filter((value) => schema.safeParse(value).success).map((value) => [i, sourceOf(value)] as const);
  });
  expect(values.length).toBeGreaterThan(cases.length * 3 * 0.98);
  // Not fresh literals, which the compiler would also refuse for properties that a schema allows without naming them.
  const uses = values.map(
    ([i, source], n) =>
      `const v${n} = { of: ${source} } as const;\nv${n} satisfies { of: JobTypes['type-${i}']['input'] } & { of: JobTypes['type-${i}']['output'] };`,
  );
  const files = {
    'types.d.ts': deployment(jobTypes),
    'uses.ts': `import type { JobTypes } from './types.d.ts';\n${uses.join('\n')}\nexport {};\n`,
  };
  expect(await compile('values', files)).toBe('');
});

it('writes types that compile, also where the schemas make no sense', async () => {
  const [jobTypes = []] = fc.sample(
    fc.array(fc.tuple(fc.string(), nonsense, nonsense), { minLength: 400, maxLength: 400 }).map((all) =>
      all.map(([name, input, output], i) => ({
        ...described(`${i} ${name}`, input, output),
        description: name,
        signalSchemas: { [name]: input as Record<string, unknown> },
      })),
    ),
    { seed: 20261126, numRuns: 1 },
  );
  const text = deployment(jobTypes);
  expect(text.match(/^type /gm)?.length).toBeGreaterThan(20);
  expect(await compile('nonsense', { 'types.ts': text })).toBe('');
});

/** An app with the types of a deployment: what must not compile says so. */
const app = `import { createClient } from '${join(root, 'client', 'index.ts')}';
import type { JobTypes } from './delegation.d.ts';

export async function app(): Promise<void> {
  const delegation = createClient<JobTypes>({ url: 'http://127.0.0.1:1' });
  const { rows, sources } = await delegation.run('run-query', { sql: 'SELECT 1', sources: { a: { url: 's3://a/b', format: 'csv' } } });
  rows?.[0]?.[0] satisfies unknown;
  sources['a']?.rows satisfies number | undefined;
  const table: string | undefined = undefined;
  await delegation.submit('launch-instances', { imageId: table, market: 'spot' });
  const batch = await delegation.submit('write-batch', { table: 'a', operation: 'put', source: { url: 's3://a/b', format: 'csv', rename: { a: 'b' } } });
  (await batch.result()).written satisfies number;
  const greeting = await delegation.submit('greet', { text: 'Hello', after: [{ text: 'Ada', after: [] }] });
  await greeting.signal('stop', { why: null });
  // @ts-expect-error there is no such type
  await delegation.submit('run-queries', { sql: 'SELECT 1' });
  // @ts-expect-error the statement is missing
  await delegation.submit('run-query', {});
  // @ts-expect-error no such format
  await delegation.submit('run-query', { sql: '', output: { format: 'xml' } });
  // @ts-expect-error only csv is renamed
  await delegation.submit('write-batch', { table: 'a', operation: 'put', source: { url: 's3://a/b', format: 'ndjson', rename: { a: 'b' } } });
  // @ts-expect-error a greeting after no greeting
  await delegation.submit('greet', { text: 'Hello', after: [{}] });
  // @ts-expect-error another payload
  await greeting.signal('stop', { because: 'enough' });
  // @ts-expect-error no such signal
  await batch.signal('stop', { why: null });
  // @ts-expect-error a result is not changed
  (await batch.result()).written = 0;
}
`;

it('types a client for all job types that come with Delegation, and for one of an app', async () => {
  const greeting = z.strictObject({
    text: z.string(),
    get after() {
      return z.array(greeting).optional();
    },
  });
  const bench = new ScheduleBench();
  const greet = { ...greetings, input: greeting, signals: { stop: z.strictObject({ why: z.string().nullable() }) } };
  bench.catalogue = [...catalogue, greet as unknown as JobTypeContract];
  const text = typesOf(await deployedJobTypes(memoryClient(bench)));
  const changes = { skipLibCheck: true, types: ['node'], typeRoots: [join(root, 'node_modules', '@types')] };
  expect(await compile('client', { 'delegation.d.ts': text, 'app.ts': app }, changes)).toBe('');
});
