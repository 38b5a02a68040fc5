/** The templates that the checks look at: what the CDK CLI would send, for deployments of every kind. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import example from '../../delegation.config.example.ts';
import { type DelegationProps, DelegationStack } from '../../lib/index.ts';
import { deployments } from './stateful.ts';

export interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: string | readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: any value that CloudFormation takes
  readonly Properties?: Readonly<Record<string, any>>;
}
export interface Deployed {
  readonly region: string;
  readonly props: DelegationProps;
  readonly template: { readonly Resources: Readonly<Record<string, Resource>>; readonly Outputs?: Readonly<Record<string, unknown>> };
}

/** The flags that the CDK CLI hands over; an app of one's own may have others, or none. */
export const { context: flags } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'cdk.json'), 'utf8')) as { context: object };

export interface AppOptions {
  readonly isWithFlags?: boolean;
  /** CDK holds the templates against CloudFormation's own schemas; its engine takes seconds to start, in each test file. */
  readonly isValidated?: boolean;
}

/** An app of which the template is looked at: assets are left where they are, since each copy of DuckDB's binding is one of 68 MB. */
export const appOf = ({ isWithFlags = true, isValidated = true }: AppOptions = {}) =>
  new App({
    context: { ...(isWithFlags ? flags : {}), 'aws:cdk:disable-asset-staging': true },
    builtinCloudFormationValidation: isValidated,
  });

/** An app without feature flags, as a user of the library may have it. */
export const plainApp = () => appOf({ isWithFlags: false, isValidated: false });

/** One deployment as a stack of its own. */
export function synthesised(name: string, props: DelegationProps, region: string, app = appOf()): Deployed {
  const stack = new DelegationStack(app, name, props, { env: { region } });
  return { region, props, template: app.synth().getStackArtifact(stack.artifactId).template };
}

const everything: DelegationProps = {
  ...deployments['every setting'],
  console: { clientId: 'console', tokenOrigin: 'https://people.auth.eu-central-1.amazoncognito.com' },
  ec2: {
    instanceTypes: ['t4g.small'],
    subnetIds: ['subnet-1'],
    imageIds: ['ami-1', 'resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64', 'resolve:ssm:/own/image'],
    launchTemplates: ['lt-1'],
  },
};
const { monthlyUsd: _, ...alarms } = everything.alarms ?? {};
/** Lists that nearly fill the functions' environment. */
const long: DelegationProps = {
  writableTables: Array.from({ length: 92 }, (_, i) => `orders${1_000 + i}`),
  sourceBuckets: Array.from({ length: 35 }, (_, i) => `bucket-${1_000 + i}`),
};

/** The stacks, by what is particular about each. */
export function templates(): Readonly<Record<string, Deployed>> {
  const [test = {}, prod = {}] = example;
  return {
    'no settings': synthesised('Delegation', {}, 'us-east-1'),
    'no settings, in an app without flags': synthesised('Delegation', {}, 'us-east-1', appOf({ isWithFlags: false })),
    'the example: test': synthesised('Delegation-test', test, 'eu-central-1'),
    'the example: prod': synthesised('Delegation-prod', prod, 'eu-central-1'),
    'every setting': synthesised('Delegation', everything, 'eu-central-1'),
    'a domain without a zone': synthesised(
      'Delegation',
      {
        domain: {
          name: 'jobs.example.com',
          certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/1',
          disableExecuteApiEndpoint: true,
        },
      },
      'us-east-1',
    ),
    'every setting, in China': synthesised('Delegation', everything, 'cn-north-1'),
    'every setting, in GovCloud': synthesised('Delegation', { ...everything, alarms }, 'us-gov-west-1'),
    'long lists': synthesised('Delegation', long, 'ap-southeast-1'),
    'long lists, in an app without flags': synthesised('Delegation', long, 'ap-southeast-1', appOf({ isWithFlags: false })),
    'long lists of EC2': synthesised(
      'Delegation',
      {
        ec2: {
          instanceTypes: Array.from({ length: 40 }, (_, i) => `m${i + 1}g.24xlarge`),
          subnetIds: Array.from({ length: 26 }, (_, i) => `subnet-0123456789abc${1_000 + i}`),
          imageIds: Array.from({ length: 12 }, (_, i) => `ami-0123456789abc${1_000 + i}`),
          launchTemplates: Array.from({ length: 16 }, (_, i) => `lt-0123456789abc${1_000 + i}`),
        },
      },
      'ap-southeast-1',
    ),
  };
}
