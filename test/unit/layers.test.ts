import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

const root = join(__dirname, '..', '..');
const files = ['lambdas', 'lib', 'bin', 'local', 'testing', 'conformance', 'client', 'cli', 'console', 'report', 'site'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/^(?:dist|node_modules|\.vitepress|init.template)\b/.test(name))
    .map((name) => join(folder, name)),
);

/** What a file imports, at run time or for types: project files from the root, packages by name. */
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
  session: ['contract', 'job'],
  context: ['contract', 'job', 'session'],
  run: ['contract', 'job', 'control', 'gate', 'submit', 'session', 'context'],
  gate: ['contract', 'job'],
  announce: ['contract', 'job', 'control'],
  schedule: ['contract', 'job', 'control', 'submit'],
  reconcile: ['contract', 'job', 'control', 'gate', 'schedule'],
  list: ['job'],
  bulk: ['contract', 'job', 'control', 'submit', 'list'],
} as const;

it('puts each file of the core into one of its groups', () => {
  const group = new RegExp(`^lambdas/core/(${Object.keys(coreGroups).join('|')})/[a-z-]+\\.ts$`);
  expect(imports.map(([file]) => file).filter((file) => file.startsWith('lambdas/core/') && !group.test(file))).toEqual([]);
});

it.each(Object.entries(coreGroups))('lets core/%s import only what its rules need: no AWS, no handler, no adapter', (group, others) => {
  // The library that reads cron patterns is of one group alone.
  const library = group === 'schedule' ? '|croner$' : '';
  const allowed = new RegExp(
    `^(lambdas/core/(${[group, ...others].join('|')})/|lambdas/text/|node:(crypto|stream|async_hooks)$|zod$${library})`,
  );
  expect(breaches(new RegExp(`^lambdas/core/${group}/`), (target) => !allowed.test(target))).toEqual([]);
});

it('lets the readers of texts import nothing of the engine', () => {
  const allowed = /^(lambdas\/text\/|lambdas\/core\/contract\/(errors|duration)\.ts|node:|csv-parse|zod$)/;
  expect(breaches(/^lambdas\/text\//, (target) => !allowed.test(target))).toEqual([]);
});

it('lets webhooks know Node and the base of errors: no engine, no AWS', () => {
  const allowed = /^(lambdas\/webhook\/|lambdas\/core\/contract\/errors\.ts|node:(crypto|dns\/promises|http|net|tls)$)/;
  expect(breaches(/^lambdas\/webhook\//, (target) => !allowed.test(target))).toEqual([]);
});

it('lets receivers of webhooks have verifyWebhook without what sends', () => {
  const allowed = /^(lambdas\/webhook\/(sign-webhook|webhook-secret)\.ts|lambdas\/core\/contract\/errors\.ts|node:crypto)$/;
  expect(breaches(/^lambdas\/webhook\/(verify-webhook|sign-webhook|webhook-secret)\.ts$/, (target) => !allowed.test(target))).toEqual([]);
});

it('lets the servers of the console know what answers for its files, how the client authenticates, and Node: no engine, no handler', () => {
  const allowed = /^(console\/server\/|client\/auth\.ts|lambdas\/console\/console-answer\.ts|node:|esbuild$)/;
  expect(breaches(/^console\/server\//, (target) => !allowed.test(target))).toEqual([]);
});

it('lets the function that serves the console know its files alone: no engine, no AWS', () =>
  expect(breaches(/^lambdas\/console\//, (target) => !/^(lambdas\/console\/|node:(fs|path)$|aws-lambda$)/.test(target))).toEqual([]));

it('lets the client know itself, and one package that its build puts into it', () =>
  expect(breaches(/^client\//, (target) => !/^(client\/|aws4fetch$)/.test(target))).toEqual([]));

it('lets the pages that are generated for the site know texts alone: nothing of the product', () => {
  expect(breaches(/^site\//, (target) => !/^(site\/|node:)/.test(target))).toEqual([]);
  expect(breaches(/^(?!bin\/|site\/)/, (target) => target.startsWith('site/'))).toEqual([]);
});

it('lets typegen know the client, its own files and what checks answers: no engine', () =>
  expect(breaches(/^cli\/typegen\//, (target) => !/^(cli\/typegen\/|client\/|node:|zod$)/.test(target))).toEqual([]));

it('lets the MCP server know the client, the price list and the version: no AWS, no engine', () => {
  const allowed =
    /^(cli\/mcp\/|client\/|lib\/cost\/prices\.ts$|lambdas\/api\/version\.ts$|node:|zod$|@modelcontextprotocol\/server(\/stdio)?$)/;
  expect(breaches(/^cli\/mcp\//, (target) => !allowed.test(target))).toEqual([]);
});

/** Folders of the console, each with the others that it may import. */
const consoleFolders = {
  words: ['net'],
  route: [],
  net: [],
  parts: ['net', 'route', 'words'],
  jobs: ['net', 'route', 'words', 'parts'],
  'job-types': ['net', 'route', 'words', 'parts'],
  job: ['net', 'route', 'words', 'parts', 'jobs', 'job-types', 'submit'],
  overview: ['net', 'route', 'words', 'parts', 'jobs'],
  submit: ['net', 'route', 'words', 'parts', 'job-types'],
  schedules: ['net', 'route', 'words', 'parts'],
  groups: ['net', 'route', 'words', 'parts', 'jobs'],
  report: ['net', 'route', 'words', 'parts'],
} as const;

it.each(Object.entries(consoleFolders))(
  "lets the console's %s import only what it needs: types of answers, and nothing of Node",
  (folder, others) => {
    // The report on jobs is the same on the command line; what reads logs and prices there is not for a page.
    const shared = folder === 'report' ? 'report/(shown-number|jobs/(?!list-job-prices)[a-z-]+)\\.ts$|' : '';
    const allowed = new RegExp(
      `^(${shared}console/(${[folder, ...others].join('|')})/|client/unrounded-json\\.ts$|lambdas/api/openapi/[a-z-]+-schemas\\.ts$|preact(/hooks)?$|@preact/signals$)`,
    );
    expect(breaches(new RegExp(`^console/${folder}/`), (target) => !allowed.test(target))).toEqual([]);
  },
);

it('lets the report on jobs know records, looks and prices alone: it is in a page as well', () => {
  expect(
    breaches(
      /^report\/jobs\//,
      (target) => !/^(report\/jobs\/|report\/(read\/logged-request|shown-number|measure\/interval)\.ts$|lib\/cost\/)/.test(target),
    ),
  ).toEqual([]);
  expect(breaches(/^report\/jobs\/(?!list-job-prices)/, (target) => target.startsWith('lib/'))).toEqual([]);
});

/** Folders of the report on logs, each with what it may import besides itself. Judging knows no lines of logs, and showing knows no measures. */
const reportFolders = {
  read: 'report/(report-error|delegation-report)\\.ts$|node:',
  routes: 'report/(report-error|read/(logged-request|text-hash))\\.ts$|node:|yaml$',
  measure: 'report/(delegation-report\\.ts$|shown-number\\.ts$|read/|routes/)|node:crypto$',
  judge:
    'report/(report-error\\.ts$|delegation-report\\.ts$|shown-number\\.ts$|measure/)|lib/(cost/|parse-settings\\.ts$)|lambdas/jobs/terminate-instances/contract\\.ts$|zod$',
  show: 'report/(delegation-report\\.ts$|shown-number\\.ts$|judge/|routes/route-table\\.ts$)|node:crypto$',
} as const;

it.each(Object.entries(reportFolders))("lets the report's %s import only what it needs", (folder, others) => {
  const allowed = new RegExp(`^(report/${folder}/|${others})`);
  expect(breaches(new RegExp(`^report/${folder}/`), (target) => !allowed.test(target))).toEqual([]);
});

it('lets nothing but the command line and the console know the report, and the page of its rules', () =>
  expect(
    breaches(/^(?!report\/|cli\/|console\/)/, (target) => target.startsWith('report/') && target !== 'report/judge/rules-page.ts'),
  ).toEqual([]));

it('takes types alone from the API, so that none of its code is in the page', () => {
  const named = files
    .filter((file) => /^console\b(?!.server)/.test(file))
    .filter((file) => /import (?!type\b)[^;]*lambdas\//.test(readFileSync(join(root, file), 'utf8')));
  expect(named).toEqual([]);
});

it("lets adapters know the core's interfaces and AWS, and no handler", () => {
  const allowed = /^(lambdas\/(core|adapters|text)\/|lambdas\/webhook\/webhook-secret\.ts$|node:|@aws-sdk\/|@smithy\/)/;
  expect(breaches(/^lambdas\/adapters\//, (target) => !allowed.test(target))).toEqual([]);
});

it('keeps contracts plain data: no SDK, no engine', () => {
  const allowed =
    /^(lambdas\/core\/contract\/|lambdas\/core\/job\/states\.ts|lambdas\/text\/(exact-json|s3-url|csv-dialect)\.ts|lambdas\/jobs\/([^/]+\/[a-z0-9-/]+|key-permission)\.ts|zod$)/;
  expect(breaches(/^lambdas\/jobs\/[^/]+\/contract\.ts$/, (target) => !allowed.test(target))).toEqual([]);
});

it('lets what is deployed and what starts it read contracts and what describes the API, and never import a worker or a handler', () => {
  const forbidden = /^(lambdas\/jobs\/[^/]+\/(?!contract\.ts)|lambdas\/(api|clock)\/(?!openapi\/|problems\.ts)|lambdas\/worker\/|local\/)/;
  expect(breaches(/^(lib|bin)\//, (target) => forbidden.test(target))).toEqual([]);
});

it('deploys nothing of the local mode', () =>
  expect(breaches(/^lambdas\//, (target) => /^(local|lib|bin|test|testing)\//.test(target))).toEqual([]));

/** Files and folders of the two large job types, each with those before it that it may import. Each list begins with what knows the least. */
const jobTypeGroups = {
  'write-batch': [
    ['source', []],
    ['contract', ['source']],
    ['rows', ['contract', 'source']],
    ['write', ['rows']],
    ['report', ['rows', 'write']],
    ['write-run', ['contract', 'source', 'rows', 'write', 'report']],
    ['worker', ['contract', 'write-run']],
  ],
  'run-query': [
    ['column-names', []],
    ['sql-text', []],
    ['source-urls', []],
    ['workspace', []],
    ['values', ['sql-text']],
    ['contract', ['column-names', 'source-urls', 'values']],
    ['engine', ['contract', 'values']],
    ['query', ['engine', 'sql-text', 'values']],
    ['sources', ['column-names', 'contract', 'engine', 'source-urls', 'sql-text', 'values', 'workspace']],
    ['output', ['contract', 'engine']],
    ['engine-process', ['engine', 'query', 'values']],
    ['worker', ['contract', 'engine', 'output', 'sources', 'workspace']],
  ],
} as const satisfies Record<string, readonly (readonly [string, readonly string[]])[]>;

describe.each(Object.entries(jobTypeGroups))('the job type %s', (type, groups) => {
  const folder = `lambdas/jobs/${type}/`;
  const groupOf = (file: string) => (file.startsWith(folder) ? file.slice(folder.length).replace(/(?:\.ts|\/.*)$/, '') : undefined);
  const order: readonly string[] = groups.map(([group]) => group);

  it('has every file in one of its groups, and every group has files', () =>
    expect([...new Set(imports.flatMap(([file]) => groupOf(file) ?? []))].sort()).toEqual([...order].sort()));

  it('has groups that import in one direction', () =>
    expect(groups.flatMap(([group, others]) => others.filter((other) => order.indexOf(other) >= order.indexOf(group)))).toEqual([]));

  it.each(groups)('lets %s import only %j of its groups', (group, others: readonly string[]) =>
    expect(
      imports
        .filter(([file]) => groupOf(file) === group)
        .flatMap(([file, targets]) =>
          targets.filter((target) => ![undefined, group, ...others].includes(groupOf(target))).map((target) => `${file} → ${target}`),
        ),
    ).toEqual([]),
  );
});

it('gives each file a name of its own, except for entry points', () => {
  const entryPoints = ['contract.ts', 'worker.ts', 'handler.ts', 'index.ts'];
  const named = Map.groupBy(
    imports.map(([file]) => file),
    (file) => file.slice(file.lastIndexOf('/') + 1),
  );
  expect([...named].filter(([name, of]) => of.length > 1 && !entryPoints.includes(name)).map(([, of]) => of)).toEqual([]);
});

it('lets the test kit import what production runs, and neither a client of AWS nor a test runner', () => {
  const allowed =
    /^(testing\/|lambdas\/core\/|lambdas\/api\/(app|resources\/job-resource)\.ts|lambdas\/worker\/sqs-handler\.ts|lambdas\/adapters\/(job-item|item-size)\.ts|lambdas\/config\.ts|node:(crypto|stream|stream\/consumers|timers)$|aws-lambda$|zod$)/;
  expect(breaches(/^testing\//, (target) => !allowed.test(target))).toEqual([]);
});

it('lets the conformance suite know HTTP alone: none of our code, and nothing of a test runner', () => {
  const allowed = /^(conformance\/|node:|zod$|@smithy\/(core\/serde|signature-v4)$)/;
  expect(breaches(/^conformance\//, (target) => !allowed.test(target))).toEqual([]);
  expect(breaches(/^(lambdas|lib|local|testing)\//, (target) => target.startsWith('conformance/'))).toEqual([]);
});

it('lets the command line call the API by the client, and run what this machine runs', () => {
  const allowed =
    /^(cli\/|client\/|console\/server\/console-(proxy|files)\.ts|lib\/(cost|doctor)\/|lib\/(deployments|job-type|parse-settings)\.ts|report\/|conformance\/conformance-command\.ts|local\/(dev\/dev|demo\/demo)-command\.ts|node:|@aws-sdk\/credential-provider-node$)/;
  expect(breaches(/^cli\/(?!init\/|mcp\/|typegen\/)/, (target) => !allowed.test(target))).toEqual([]);
  expect(breaches(/^(client|lambdas|lib|local|testing|conformance)\//, (target) => target.startsWith('cli/'))).toEqual([]);
});

it('starts the command line without a package: what a command needs is loaded when it runs', () => {
  const loaded = new Set<string>();
  const load = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const target of imports.find(([name]) => name === file)?.[1] ?? []) load(target);
  };
  load('cli/run-cli.ts');
  expect([...loaded].filter((target) => !/^(cli|client)\/|^node:/.test(target))).toEqual([]);
  expect(loaded.size).toBeLessThan(30);
});

it('lets init know itself and the rule for names of job types: it runs before anything else is installed', () =>
  expect(
    breaches(
      /^cli\/init\//,
      (target) =>
        !/^(cli\/init\/|lambdas\/core\/contract\/contract-violations\.ts$|lambdas\/jobs\/internal-types\.ts$|node:|\$)/.test(target),
    ),
  ).toEqual([]));
