/**
 * Every part of the settings in use: two stages side by side, one for machines that sign their calls and one for people with tokens. Copy what
 * you need into `delegation.config.ts`, and put your names in place of these. `AWS_REGION=eu-central-1 npx cdk diff -c config=delegation.config.example.ts` tries it.
 * docs/settings.md explains each setting; a test synthesises this file.
 */
import { type DelegationProps, defineDeployments } from './lib/index.ts';

/** What both stages share. */
const common = {
  // Nothing may be written, read or launched that is not listed.
  writableTables: ['orders', 'customers'],
  sourceBuckets: ['example-data-lake'],
  // Keys of yours that encrypt these. Their policies must allow the workers, too: docs/security.md.
  tableKeys: ['arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555'],
  sourceKeys: ['arn:aws:kms:eu-west-1:111122223333:key/66666666-7777-8888-9999-000000000000'],
  // Small, since a new account runs few functions at once: docs/deploy.md.
  concurrency: { 'run-query': 2, 'write-batch': 2, 'launch-instances': 2, 'terminate-instances': 2 },
  // One owner cannot use up what all share.
  quota: { submissionsPerMinute: 600, jobsInFlight: 500 },
} satisfies DelegationProps;

export default defineDeployments(
  // The stack Delegation-test: goes without a trace, once its bucket is empty.
  {
    ...common,
    stage: 'test',
    auth: { kind: 'iam', admins: ['arn:aws:iam::123456789012:role/Operations'] },
    // This deployment launches no instances.
    disabledJobTypes: ['launch-instances', 'terminate-instances'],
    concurrency: { 'run-query': 2, 'write-batch': 2 },
    // Ends are posted to the webhookUrl of a submission, on these hosts alone; those of Billing to its own, unless a submission says otherwise.
    webhooks: {
      allowedHosts: ['hooks.example.com'],
      owners: {
        'arn:aws:iam::123456789012:role/Billing': {
          url: 'https://hooks.example.com/billing',
          events: ['started', 'ended'],
          secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:billing-hooks-a1b2c3',
        },
      },
    },
    removalPolicy: 'destroy',
    retentionDays: 3,
    logRetentionDays: 7,
  },
  // The stack Delegation-prod.
  {
    ...common,
    stage: 'prod',
    // Tokens of one issuer. Whose claim `groups` holds `operations` is an admin.
    auth: {
      kind: 'jwt',
      issuer: 'https://login.example.com/',
      audience: ['delegation'],
      ownerClaim: 'sub',
      adminClaim: { name: 'groups', value: 'operations' },
    },
    ec2: {
      instanceTypes: ['t4g.small', 't4g.medium'],
      subnetIds: ['subnet-0123456789abcdef0'],
      // A parameter names the newest image; IAM then binds the parameter, and any image.
      imageIds: ['resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64'],
      // By id, so that IAM binds them, too. What a template brings itself is allowed with it.
      launchTemplates: ['lt-0123456789abcdef0'],
      instanceRoles: ['arn:aws:iam::123456789012:role/WebServer'],
      // The parameter that such a template names its image by.
      templateParameters: ['resolve:ssm:/golden-images/web'],
      // Where EBS encrypts by default with a key of yours, or an image or template names one.
      volumeKeys: ['arn:aws:kms:eu-central-1:123456789012:key/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee'],
    },
    // People see their jobs at /console/, and sign in with a public client of the issuer.
    console: { clientId: 'delegation-console', scopes: ['openid', 'groups'] },
    throttle: { submissionsPerSecond: 50, requestsPerSecond: 200 },
    // The address of the API, in a zone of Route 53 of the account. The certificate is ACM's, of the same account and region.
    domain: {
      name: 'jobs.example.com',
      certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/99999999-8888-7777-6666-555555555555',
      hostedZoneId: 'Z0123456789ABCDEFGHIJ',
    },
    // A page of yours may call the API from a browser.
    corsOrigins: ['https://app.example.com'],
    // A failed or cancelled job lets its key go, so that a caller may try again with the same one.
    idempotency: { release: 'failed' },
    // The workers, and nothing else, in private subnets. These need a way to DynamoDB, S3, SQS, EC2 and EventBridge.
    vpc: {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['eu-central-1a', 'eu-central-1b'],
      subnetIds: ['subnet-0aaaaaaaaaaaaaaa0', 'subnet-0bbbbbbbbbbbbbbb0'],
      securityGroupIds: ['sg-0123456789abcdef0'],
    },
    // An event for each end of a job, on a bus of the account that exists.
    events: { bus: 'orders' },
    // A key of its own, 1 USD a month. The ARN of one that you have needs the policy in docs/security.md.
    encryption: 'own-key',
    tracing: 'xray',
    metrics: 'types',
    retentionDays: 90,
    logRetentionDays: 90,
    alarms: {
      // A topic that people and pagers are subscribed to already. Without it the stack has one, to which the address is subscribed.
      topicArn: 'arn:aws:sns:eu-central-1:123456789012:operations',
      email: 'operations@example.com',
      longestWaitMinutes: 60,
      failurePercent: 10,
      monthlyUsd: 50,
      runbookUrl: 'https://wiki.example.com/delegation/runbook',
    },
  },
);
