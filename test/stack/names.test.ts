/** Names that are given, not generated: none of two deployments may share one where AWS takes it once. */
import { join } from 'node:path';
import { Stack, Stage } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { contract } from '../../examples/shop/jobs/archive-orders/contract.ts';
import { Delegation, type DelegationProps, DelegationStack } from '../../lib/index.ts';
import { namesIn } from './given-names.ts';
import { appOf, type Deployed } from './templates.ts';

const light: DelegationProps = {
  // With a dashboard, whose name an account takes once.
  metrics: 'types',
  jobTypes: [
    {
      contract,
      folder: join(__dirname, '..', '..', 'examples', 'shop', 'jobs', 'archive-orders'),
      environment: { ORDERS_TABLE: 'orders', ARCHIVE_BUCKET: 'archive' },
    },
  ],
};

/** Deployments of one account, each with the region of its stack. */
function account(): readonly Pick<Deployed, 'template' | 'region'>[] {
  const app = appOf();
  const regions = ['eu-central-1', 'us-east-1'];
  const shop = (stackName: string, region: string, ...paths: readonly (readonly string[])[]) => {
    const stack = new Stack(app, `${stackName}-${region}`, { env: { region }, stackName });
    for (const path of paths) {
      const parent = path
        .slice(0, -1)
        .reduce<Construct>((scope, id) => (scope.node.tryFindChild(id) as Construct) ?? new Construct(scope, id), stack);
      new Delegation(parent, path.at(-1) ?? '', light);
    }
  };
  for (const region of regions) {
    const env = { region };
    for (const stackName of ['Delegation', 'Shop-Jobs']) new DelegationStack(app, `${stackName}-${region}`, light, { env, stackName });
    shop('Shop', region, ['Delegation'], ['Jobs'], ['Orders', 'Delegation'], ['Returns', 'Delegation']);
  }
  const [region = ''] = regions;
  new DelegationStack(app, 'Delegation-test', light, { env: { region } });
  new Delegation(new Stack(new Stage(app, 'Prod'), 'Shop', { env: { region } }), 'Delegation', light);
  // Paths that are one text when their parts are joined or their signs replaced, and such that differ far behind.
  const last = (letter: string) => ['l'.repeat(100), `${'m'.repeat(100)}${letter}`];
  shop('Paths', region, ['a', 'b-c'], ['a-b', 'c'], ['a_b'], ['a', 'b'], ['a.b'], ['a b']);
  shop('LongPaths', region, last('x'), last('y'));
  // The longest names of stacks that there are, and such that differ at their end alone.
  for (const letter of ['x', 'y']) shop(`${'s'.repeat(127)}${letter}`, region, ['Delegation'], ['Jobs']);
  shop('Shop-a', region, ['Delegation']);
  const assembly = app.synth();
  return assembly.stacksRecursively.map((artifact) => ({ region: artifact.environment.region, template: artifact.template }));
}

const deployments = account();
const names = deployments.flatMap((one) => namesIn(one).map((name) => ({ ...name, region: one.region })));

it('knows of every given name where it must be the only one', () => {
  const unknown = names.filter(({ scope }) => scope === undefined);
  expect([...new Set(unknown.map(({ property }) => property))]).toEqual([]);
});

it('sees the names that it judges', () => {
  expect(deployments).toHaveLength(13);
  const seen = new Set(names.map(({ property }) => property));
  for (const property of ['AWS::CloudWatch::Dashboard DashboardName', 'AWS::Logs::LogGroup LogGroupName'] as const)
    expect(seen).toContain(property);
});

/** @returns those that are there more than once */
const repeated = (texts: readonly string[]) => texts.filter((text, i) => texts.indexOf(text) !== i);

it('gives nothing a name that is taken in the account, in any region, stack or place of a stack', () => {
  const ofAccount = names.filter(({ scope }) => scope === 'account').map(({ property, text }) => `${property} ${text}`);
  expect(ofAccount).toHaveLength(27);
  expect(repeated(ofAccount)).toEqual([]);
});

it('gives nothing a name that is taken in the region', () => {
  const ofRegion = names.filter(({ scope }) => scope === 'region').map(({ property, text, region }) => `${region} ${property} ${text}`);
  expect(repeated(ofRegion)).toEqual([]);
});

it('names the deployment that is all of a stack by the stack, as its instances and metrics have it', () => {
  const stages = new Set(names.filter(({ property }) => property.endsWith('DELEGATION_NAME')).map(({ text }) => text));
  expect([...stages]).toEqual(expect.arrayContaining(['Delegation', 'Delegation-test', 'Shop', 'Shop_Jobs', 'Shop_Orders_Delegation']));
});

it.each([
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
  ['AWS::CloudWatch::Dashboard DashboardName', /^[A-Za-z0-9_-]{1,255}$/],
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
  ['AWS::Logs::LogGroup LogGroupName', /^[.\-_/#A-Za-z0-9]{1,512}$/],
  ['AWS::Logs::QueryDefinition Name', /^([^:*/]+\/?)*[^:*/]+$/],
  ['AWS::ApiGatewayV2::Api Name', /^.{1,128}$/],
  ['AWS::Lambda::Function Environment.Variables.DELEGATION_NAME', /^[A-Za-z0-9_-]{1,128}$/],
])('makes a %s of signs that the service takes', (property, form) => {
  const texts = names.filter((name) => name.property === property).map(({ text }) => text);
  expect(texts.filter((text) => !form.test(text))).toEqual([]);
});
