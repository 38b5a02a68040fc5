import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

const root = join(__dirname, '..', '..');
const files = ['lambdas', 'lib', 'bin', 'local'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);

/** What a file imports at run time and for types alike: project files from the root, packages by name. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import) '([^']+)'/g)].map(([, target = '']) =>
    target.startsWith('.')
      ? relative(root, join(root, dirname(file), target))
          .split(sep)
          .join('/')
      : target,
  );
}

const imports = files.map((file) => [file.split(sep).join('/'), importsOf(file)] as const);
const breaches = (from: RegExp, isBreach: (target: string) => boolean) =>
  imports.flatMap(([file, targets]) => (from.test(file) ? targets.filter(isBreach).map((target) => `${file} → ${target}`) : []));

it('sees the files that it judges', () => expect(files.length).toBeGreaterThan(60));

/** The groups of the core, and the groups that each may import besides its own. A group never reaches back. */
const coreGroups = {
  contract: [],
  job: ['contract'],
  control: ['contract', 'job'],
  submit: ['contract', 'job', 'control'],
  run: ['contract', 'job', 'control', 'submit'],
  reconcile: ['contract', 'job', 'control'],
} as const;

it('puts each file of the core into one of its groups', () => {
  const group = new RegExp(`^lambdas/core/(${Object.keys(coreGroups).join('|')})/[a-z-]+\\.ts$`);
  expect(imports.map(([file]) => file).filter((file) => file.startsWith('lambdas/core/') && !group.test(file))).toEqual([]);
});

it.each(Object.entries(coreGroups))('lets core/%s import only what its rules need: no AWS, no handler, no adapter', (group, others) => {
  const allowed = new RegExp(`^(lambdas/core/(${[group, ...others].join('|')})/|lambdas/text/|node:(crypto|stream|async_hooks)$|zod$)`);
  expect(breaches(new RegExp(`^lambdas/core/${group}/`), (target) => !allowed.test(target))).toEqual([]);
});

it('lets the readers of texts import nothing of the engine', () => {
  const allowed = /^(lambdas\/text\/|lambdas\/core\/contract\/(errors|duration)\.ts|node:|csv-parse|zod$)/;
  expect(breaches(/^lambdas\/text\//, (target) => !allowed.test(target))).toEqual([]);
});

it("lets adapters know the core's interfaces and AWS, and no handler", () => {
  const allowed = /^(lambdas\/(core|adapters|text)\/|node:|@aws-sdk\/|@smithy\/)/;
  expect(breaches(/^lambdas\/adapters\//, (target) => !allowed.test(target))).toEqual([]);
});

it('keeps contracts plain data: no SDK, no engine', () => {
  const allowed =
    /^(lambdas\/core\/contract\/|lambdas\/text\/(exact-json|s3-url|csv-dialect)\.ts|lambdas\/jobs\/([^/]+\/[a-z0-9-/]+|key-permission)\.ts|zod$)/;
  expect(breaches(/^lambdas\/jobs\/[^/]+\/contract\.ts$/, (target) => !allowed.test(target))).toEqual([]);
});

it('lets what is deployed and what starts it read contracts, and never import a worker or a handler', () => {
  const forbidden = /^(lambdas\/jobs\/[^/]+\/(?!contract\.ts)|lambdas\/(api|clock)\/|lambdas\/worker\/|local\/)/;
  expect(breaches(/^(lib|bin)\//, (target) => forbidden.test(target))).toEqual([]);
});

it('deploys nothing of the local mode', () =>
  expect(breaches(/^lambdas\//, (target) => /^(local|lib|bin|test)\//.test(target))).toEqual([]));
