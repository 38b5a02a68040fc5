/** The settings of a deployment, as one validated schema, from which the type of `delegation.config.ts`, the construct's props and `docs/settings.md` follow. */
import { Token } from 'aws-cdk-lib';
import * as z from 'zod';
import { defaultTimes } from '../lambdas/config.ts';
import { quotaSchema } from '../lambdas/core/contract/runtime-settings.ts';
import { webhookEvents } from '../lambdas/core/contract/webhook-events.ts';
import {
  imageForm,
  instanceTypeForm,
  launchTemplateNameForm,
  parameterForm,
  subnetIdForm,
} from '../lambdas/jobs/launch-instances/contract.ts';
import { checkWebhookUrl, readAllowedHosts } from '../lambdas/webhook/webhook-url.ts';
import { alarmSettings } from './alarm-settings.ts';
import { consoleSettings } from './console-settings.ts';
import { domainSettings } from './domain-settings.ts';
import { scaleSettings } from './scale-settings.ts';
import { keyArn, keys, list, named, strict } from './setting-forms.ts';

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html */
const busForm = /^(arn:[a-z-]+:events:[a-z0-9-]+:\d{12}:event-bus\/)?[A-Za-z0-9_][\w./-]{0,255}$/;

/** The retention periods in days that CloudWatch Logs supports. @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const logRetentionDays = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653] as const;

function isHostPattern(name: string): boolean {
  try {
    return readAllowedHosts(name).length === 1;
  } catch {
    return false;
  }
}

const iam = strict({
  kind: z.literal('iam').describe('Callers sign their requests (SigV4), and IAM decides who may call.'),
  admins: z
    .array(
      // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html: the ARN of an assumed role, which calls carry, has no path.
      named(
        /^arn:[a-z-]+:iam::\d{12}:(root|role\/[\w+=,.@-]+|user\/[\w+=,.@/-]+)$/,
        'the ARN of a user, or of a role without its path, such as arn:aws:iam::123456789012:role/Operations: calls do not carry the path',
      ),
    )
    .default([])
    .describe(
      'Users and roles who see, cancel and list every owner’s jobs, and pause and drain job types. Write a role as `arn:aws:iam::123456789012:role/Operations`: without its session, and without its path, which calls do not carry.',
    ),
});
const jwt = strict({
  kind: z.literal('jwt').describe('Callers send a bearer token, which API Gateway verifies.'),
  issuer: z
    .url({ protocol: /^https$/, error: 'must be the https URL that tokens carry as iss' })
    .refine((url) => !/[?#@]/.test(url), 'must be an https URL without user, query and fragment: API Gateway looks for its keys below it')
    .describe(
      'The `iss` of tokens. It must sign with RSA (RS256, RS384 or RS512) and with keys that have a `kid`: API Gateway refuses every other signature. API Gateway reads the issuer at deploy time, and may cache its keys for two hours.',
    ),
  audience: z
    .array(z.string().min(1))
    .min(1, 'must name at least one audience')
    .describe('One of these must be in `aud` (or `client_id`).'),
  ownerClaim: z.string().min(1).default('sub').describe('The claim that names the owner.'),
  adminClaim: strict({
    name: z.string().min(1).describe('A claim, such as `groups`.'),
    value: z.string().min(1).describe('The value that it must equal or contain.'),
  })
    .exactOptional()
    .describe('A caller whose claim `name` equals or contains `value` is an admin; without this setting there are no admins.'),
});

const secretArn = /^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}$/;
const webhookUrl = z.string().superRefine((url, context) => {
  const target = checkWebhookUrl(url, { allowedHosts: [], allowsLoopback: false });
  if (target.kind === 'refused') context.addIssue({ code: 'custom', message: target.message });
});
const chosenEvents = z
  .array(z.enum(webhookEvents))
  .min(1)
  .refine((events) => new Set(events).size === events.length, 'must not name an event twice')
  .exactOptional()
  .describe('What is sent: `started`, `progress`, `ended`. Without it: `ended`.');

export const settingsSchema = strict({
  stage: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,19}$/, 'must be 1 to 20 lower-case letters, digits and dashes, beginning with a letter')
    .exactOptional()
    .describe('Names the stack `Delegation-<stage>`; several stages can run in one account and region. Without it: `Delegation`.'),
  disabledJobTypes: z.array(z.string()).default([]).describe('Job types that are not deployed: no queue, no function, no permission.'),
  auth: z
    .discriminatedUnion('kind', [iam, jwt], {
      error: 'must be { kind: "iam", … } or { kind: "jwt", issuer, audience, … }; there is no open access',
    })
    .prefault({ kind: 'iam' })
    .describe('Who may call: requests signed by IAM principals, or tokens of one issuer. There is no open access.'),
  writableTables: list(/^[\w.-]{3,255}$/, 'the name of a table, such as orders').describe(
    'DynamoDB tables that `write-batch` may write to, by name. All lists of the settings together must fit into the 4 KB of a function’s environment, which is checked: about 140 tables with names of 10 letters, or 41 with names of 45.',
  ),
  sourceBuckets: list(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket, such as data-lake: not an ARN, not a URL').describe(
    'Buckets that jobs may read sources from, by name, in any region: S3 charges reads from another region as transfer between regions. They share the space of the tables.',
  ),
  sourceKeys: keys().describe(
    'KMS keys that encrypt objects in `sourceBuckets`, of any region and any account: the workers that read them get `kms:Decrypt` on these, through S3. The key’s policy must allow them as well.',
  ),
  tableKeys: keys().describe(
    'KMS keys of the deployment’s region that encrypt `writableTables`: `write-batch` gets `kms:Decrypt` on these, through DynamoDB. The key’s policy must allow it as well.',
  ),
  ec2: strict({
    instanceTypes: list(instanceTypeForm, 'an instance type such as t4g.small').describe('Instance types that may be launched.'),
    subnetIds: list(subnetIdForm, 'an id such as subnet-0123456789abcdef0').describe('Subnets to launch into.'),
    imageIds: list(imageForm, 'ami-… or resolve:ssm:/path/of/parameter').describe(
      'Images, as `ami-…` or `resolve:ssm:/path/of/parameter`.',
    ),
    launchTemplates: list(launchTemplateNameForm, 'the id or name of a launch template').describe(
      'Launch templates, by id (enforced by IAM) or name (enforced by the API).',
    ),
    instanceRoles: list(
      /^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/,
      'the ARN of a role, such as arn:aws:iam::123456789012:role/WebServer: not that of its instance profile',
    ).describe('Roles that launched instances may have, by the instance profile of a launch template: `iam:PassRole` for these alone.'),
    templateParameters: list(parameterForm, 'resolve:ssm:/path/of/parameter, as in the launch template').describe(
      'Parameters by which `launchTemplates` name their image, as `resolve:ssm:/path/of/parameter`: `ssm:GetParameters` for these alone.',
    ),
    volumeKeys: keys().describe(
      'KMS keys of the deployment’s region that encrypt the volumes of launched instances: needed if EBS encrypts by default with one, or an image or launch template names one. Without it such instances end at once. The key’s policy must allow the worker as well.',
    ),
  })
    .prefault({})
    .describe('What `launch-instances` may use. An empty list allows nothing.'),
  idempotency: strict({
    release: z
      .enum(['never', 'failed'])
      .default('never')
      .describe(
        'With `failed`, a job that failed or was cancelled frees its `Idempotency-Key`: the next submission with it makes a new job. Each submission with a key then reads the records of its jobs, up to 10, in one request.',
      ),
  })
    .prefault({})
    .describe('What becomes of an `Idempotency-Key`.'),
  quota: quotaSchema.exactOptional().describe('The same for each owner. Without it there is no limit.'),
  throttle: strict({
    submissionsPerSecond: z.int().min(1).max(10_000).default(200).describe('`POST /v1/jobs` of all callers together.'),
    requestsPerSecond: z.int().min(1).max(10_000).default(500).describe('Every other call of all callers together.'),
  })
    .prefault({})
    .describe(
      'Above these rates API Gateway answers 429. A burst may be twice as large, and 5,000 at most. All APIs of an account share 10,000 requests a second and bursts of 5,000 in a region; in some newer regions it is 2,500 and 1,250.',
    ),
  webhooks: strict({
    allowedHosts: z
      .array(
        z
          .string()
          .refine((name) => isHostPattern(name), 'must be a host name such as hooks.example.com, or *.example.com for all below one'),
      )
      .default([])
      .describe('Hosts that may receive webhooks, exact or `*.example.com` for all below one. Empty: every public host.'),
    default: strict({ url: webhookUrl.describe('An https URL on a public host.'), events: chosenEvents })
      .exactOptional()
      .describe(
        'Is for submissions and firings of schedules that say nothing of `webhookUrl`; `null` there is none. Every function has it in its environment, so it should hold no secret.',
      ),
    owners: z
      .record(
        z.string().min(1),
        strict({
          url: webhookUrl.nullable().exactOptional().describe('In place of `default`; `null`: none.'),
          events: chosenEvents,
          secretArn: named(secretArn, 'the ARN of a secret, such as arn:aws:secretsmanager:eu-central-1:123456789012:secret:name-a1b2c3')
            .exactOptional()
            .describe("A secret of yours that signs this owner's webhooks in place of the deployment's."),
        }),
      )
      .exactOptional()
      .describe(
        'What differs for some owners, by their ARN or the value of `ownerClaim`: `url`, which may be `null`, and `events` in place of those of `default`; `secretArn`, a secret of yours that signs their webhooks in place of the deployment’s.',
      ),
  })
    .exactOptional()
    .describe(
      'Lets submissions name a `webhookUrl`, to which the end of the job is sent ([webhooks](webhooks.md)). It adds a queue, a function, an alarm and a secret, which cost about a dollar a month. Without it there are none. `{}` turns them on.',
    ),
  domain: domainSettings
    .exactOptional()
    .describe(
      'A host name of yours for the API ([how](deploy.md#a-domain-of-your-own)). Without it, callers use the address that API Gateway generates.',
    ),
  console: consoleSettings.exactOptional(),
  corsOrigins: z
    .array(z.string().regex(/^https?:\/\/[^/\s*]+$/, 'must be an origin, such as https://app.example.com'))
    .min(1)
    .exactOptional()
    .describe(
      'Origins of web pages that may call the API from a browser. Without it none may: API Gateway then answers no preflight request. With it, `OPTIONS` is answered by API Gateway, without a caller.',
    ),
  events: strict({
    bus: named(busForm, 'the name of an event bus, such as default, or its ARN')
      .default('default')
      .describe('The event bus: its name, or, for one of another account, its ARN. Its region is the deployment’s.'),
    starts: z
      .boolean()
      .default(false)
      .describe('Whether a start of a job is an event as well, put once: unlike that of an end it is lost where the bus refuses it.'),
  })
    .exactOptional()
    .describe(
      'Puts an event on an EventBridge bus for each end of a job ([docs/events.md](events.md)). Without it there are none; `events: {}` takes the account’s default bus.',
    ),
  retentionDays: z.int().min(1).max(3_650).default(30).describe('How long an ended job is kept.'),
  logRetentionDays: z
    .literal(logRetentionDays, `must be one of ${logRetentionDays.join(', ')}`)
    .default(30)
    .describe('How long CloudWatch keeps the logs.'),
  leaseSeconds: z
    .int()
    .min(15)
    .max(900)
    .default(defaultTimes.leaseSeconds)
    .describe(
      'How long a worker is assumed to live after its last heartbeat; the job of a dead worker is claimed again after that, within a minute; where it died before its first heartbeat, `graceSeconds` after its wake-up was due, unless its message comes again sooner.',
    ),
  graceSeconds: z
    .int()
    .min(15)
    .max(3_600)
    .default(defaultTimes.graceSeconds)
    .describe('How long a wake-up may take before the clock looks for it. Jobs that end within it cost one index write less.'),
  architecture: z.enum(['arm64', 'x86_64']).default('arm64').describe('Architecture of the functions. arm64 is a fifth cheaper.'),
  concurrency: z
    .record(z.string(), z.int().min(2, 'must be at least 2, the minimum of SQS').max(1_000))
    .default({})
    .describe('Concurrent invocations by job type, in place of the type’s own number.'),
  ...scaleSettings,
  vpc: strict({
    vpcId: z.string().regex(/^vpc-/, 'must be an id such as vpc-0abc').describe('The network.'),
    availabilityZones: z.array(z.string().min(1)).min(1).describe('Zones of its subnets.'),
    subnetIds: z
      .array(z.string().regex(/^subnet-/, 'must be an id such as subnet-0abc'))
      .min(1)
      .max(16)
      .describe('Private subnets.'),
    securityGroupIds: z
      .array(z.string().regex(/^sg-/, 'must be an id such as sg-0abc'))
      .min(1)
      .max(5)
      .describe('Must allow outbound HTTPS.'),
  })
    .exactOptional()
    .describe(
      'Puts the workers into these private subnets, which need a route to DynamoDB, SQS and S3, for launching to EC2, for `events` to EventBridge, and for webhooks to Secrets Manager and the internet. None by default: cheaper and faster.',
    ),
  encryption: z
    .string()
    .refine(
      (text) => Token.isUnresolved(text) || /^(aws-owned|own-key)$/.test(text) || keyArn.test(text),
      'must be "aws-owned", "own-key" or the ARN of a KMS key, such as arn:aws:kms:eu-central-1:123456789012:key/…, not an alias',
    )
    .default('aws-owned')
    .describe('Key of table, bucket, queues, topic and logs. `own-key` creates one (1 USD a month).'),
  removalPolicy: z
    .enum(['retain', 'destroy'])
    .default('retain')
    .describe('What `cdk destroy` does with the table, the bucket and an `own-key`, and with everything in them.'),
  tracing: z.enum(['off', 'xray']).default('off').describe('AWS X-Ray for every function.'),
  alarms: alarmSettings.prefault({}).describe('When an alarm rises, and whom it notifies.'),
  metrics: z
    .enum(['deployment', 'types'])
    .default('deployment')
    .describe(
      'What CloudWatch counts. `deployment`: what alarms watch and how long jobs take, of all types together, and faults by type: three metrics while all is well. `types`: what each type accepts, starts and ends as well, six metrics more for each type that has jobs, and a dashboard with a row for each type.',
    ),
  warm: z
    .boolean()
    .default(false)
    .describe(
      'Whether one environment of the API’s function is kept warm, so that a deployment with few requests answers without a [cold start](cold-start.md): an event every 5 minutes, less than 0.01 USD a month.',
    ),
  savedQueries: z.boolean().default(true).describe('Logs Insights queries, such as a job’s whole story by its id.'),
});

export type DelegationSettings = z.output<typeof settingsSchema>;
/** The settings as a user writes them: everything is optional. */
export type DelegationSettingsInput = z.input<typeof settingsSchema>;
