import * as z from 'zod';
import { defineJobType, type InputFault } from '../../core/contract/contract.ts';
import { isAllowed, type Settings } from '../../core/contract/runtime-settings.ts';
import { launchPermissions } from '../ec2/ec2-permissions.ts';
import { isLaunchTemplateId, launchTemplateIdForm } from '../ec2/template-permissions.ts';

export { isLaunchTemplateId };

/** EC2's limit, before base64. @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html */
const maxUserDataBytes = 16_384;
/** EC2 allows 50 tags, of which four are ours. @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions */
const maxTags = 46;

const capacityTypes = ['on-demand', 'spot', 'spot-then-on-demand'] as const;

// How EC2 writes what a launch names: what callers may ask for, and what deployers may list.
export const instanceTypeForm = /^[a-z0-9-]{1,32}\.[a-z0-9-]{1,32}$/;
export const subnetIdForm = /^subnet-[0-9a-z]{1,32}$/;
/** A parameter of Systems Manager that holds an image's id, with its version or label. */
export const parameterForm = /^resolve:ssm:[A-Za-z0-9_.\-/]+(:[A-Za-z0-9_.-]+)?$/;
/** An image's id, or such a parameter. */
export const imageForm = new RegExp(`^ami-[0-9a-z]{1,32}$|${parameterForm.source}`);
/** Ids of templates have this form, too: what has the form of an id is one wherever it is listed, so that no name passes for it. */
export const launchTemplateNameForm = /^[\w().\-/]{3,128}$/;

const launchTemplate = z
  .strictObject({
    id: z.string().regex(launchTemplateIdForm, 'must be the id of a launch template: lt-…').optional(),
    name: z.string().regex(launchTemplateNameForm, 'must be the name of a launch template').optional(),
    version: z
      .string()
      .regex(/^(\$Latest|\$Default|[1-9]\d{0,9})$/, 'must be a number, $Latest or $Default')
      .default('$Default')
      .describe('A version number as text, `$Latest` or `$Default`.'),
  })
  .refine(({ id, name }) => (id === undefined) !== (name === undefined), 'must have either id or name');

const tagText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    // A tag that is trimmed on the way would become another one: ` delegation:job` would become ours.
    .refine((text) => text.trim() === text, 'must not begin or end with a space')
    .regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u, 'may hold letters, digits, spaces and _ . : / = + - @');

const tags = z
  .record(
    tagText(128)
      .min(1)
      .refine((key) => !/^(aws|delegation):/i.test(key), 'must not begin with aws: or delegation:'),
    tagText(256),
  )
  .refine((given) => Object.keys(given).length <= maxTags, `must be at most ${maxTags} tags`);

const preferences = (item: z.ZodString) =>
  z
    .array(item)
    .min(1)
    .max(10)
    .refine((values) => new Set(values).size === values.length, 'must not name one twice');

const input = z
  .strictObject({
    launchTemplate: launchTemplate.optional().describe('An allow-listed launch template, by id or name. Either this or `imageId`.'),
    imageId: z
      .string()
      .max(1_024)
      .regex(imageForm, 'must be ami-… or resolve:ssm:parameter')
      .optional()
      .describe('An allow-listed AMI, or `resolve:ssm:` and the parameter that holds its id. Either this or `launchTemplate`.'),
    instanceTypes: preferences(z.string().regex(instanceTypeForm, 'must be an instance type such as t4g.small'))
      .optional()
      .describe('Allow-listed instance types, the preferred one first. May be omitted if the launch template has one.'),
    subnetIds: preferences(z.string().regex(subnetIdForm, 'must be the id of a subnet: subnet-…'))
      .optional()
      .describe(
        'Allow-listed subnets, the preferred one first; each type is tried in all of them. May be omitted if the launch template has one.',
      ),
    count: z
      .int()
      .min(1)
      .max(50)
      .default(1)
      .describe('How many instances, all of one type in one subnet; only what replaces a Spot instance may be of another.'),
    minCount: z
      .int()
      .min(1)
      .max(50)
      .optional()
      .describe('Accept this many where `count` do not fit, in the order of preference. @default `count`: all or none'),
    market: z
      .enum(['on-demand', 'spot'])
      .default('on-demand')
      .describe('`spot` instances are cheaper, and EC2 may take them back. One that it takes back before it is ready is replaced.'),
    capacityType: z
      .enum(capacityTypes)
      .optional()
      .describe(
        'As `market`, or `spot-then-on-demand`: on demand where no type and subnet has room for Spot instances. @default what `market` says',
      ),
    tags: tags
      .default({})
      .describe(
        'Tags of the instances and their volumes. `delegation:job`, `delegation:created`, `delegation:owner` and `delegation:deployment` are added.',
      ),
    userData: z
      .string()
      .refine((text) => Buffer.byteLength(text) <= maxUserDataBytes, `must be at most ${maxUserDataBytes} bytes`)
      .optional()
      .describe('Text for the instances’ first boot, not encoded, at most 16 KB. Everyone on the instance can read it: no secrets.'),
    timeToLiveSeconds: z
      .int()
      .min(60)
      .max(31_536_000)
      .optional()
      .describe('A second job terminates the instances this long after their launch. @default they live until somebody terminates them'),
    waitFor: z
      .enum(['running', 'status-ok'])
      .default('running')
      .describe('The job succeeds when the instances run, or when they passed both status checks too.'),
  })
  .superRefine((given, issues) => {
    const fault = (path: string, message: string) => issues.addIssue({ code: 'custom', path: [path], message });
    if (given.launchTemplate === undefined && given.imageId === undefined) fault('imageId', 'must be given, unless `launchTemplate` is');
    if (given.launchTemplate !== undefined && given.imageId !== undefined)
      fault('imageId', 'must not be given together with `launchTemplate`');
    for (const name of ['instanceTypes', 'subnetIds'] as const) {
      if (given.launchTemplate === undefined && given[name] === undefined) fault(name, 'must be given, unless `launchTemplate` is');
    }
    if ((given.minCount ?? 1) > given.count) fault('minCount', `must be at most \`count\`, ${given.count} (was ${given.minCount})`);
    if (given.market === 'spot' && given.capacityType === 'on-demand')
      fault('capacityType', 'must not contradict `market`, which says spot');
  });

const instance = z.strictObject({
  instanceId: z.string(),
  instanceType: z.string(),
  availabilityZone: z.string(),
  privateIpAddress: z.string().nullable(),
  publicIpAddress: z.string().nullable().describe('null where the subnet gives none.'),
  launchedAt: z.string().describe('ISO-8601.'),
});

const termination = {
  terminateAt: z.string().nullable().describe('ISO-8601; when the second job terminates them. null without `timeToLiveSeconds`.'),
  terminateJobId: z
    .string()
    .nullable()
    .describe('That job: cancel it before its time to keep the instances. null without `timeToLiveSeconds`.'),
};

const refusal = z.strictObject({
  placement: z.string().describe('Type and subnet, such as "t4g.small in subnet-1".'),
  code: z.string().describe("EC2's."),
  message: z.string().describe("EC2's."),
});

const replacement = z.strictObject({
  instanceIds: z.array(z.string()).describe('What was launched in their place.'),
  replaced: z.array(z.strictObject({ instanceId: z.string(), reason: z.string().describe("EC2's.") })),
  ...termination,
});

const output = z.strictObject({
  instances: z.array(instance).describe('Instances that run; at least `minCount`.'),
  ...termination,
  skipped: z.array(refusal).default([]).describe('Types and subnets that can never work, and were skipped: correct or remove them.'),
  replacements: z
    .array(replacement)
    .default([])
    .describe('Instances that EC2 took back before they were ready. What was launched in their place has a time-to-live of its own.'),
});

/** Bounded, since each replacement takes a few of the steps and waits that a job may have. */
export const maxReplacements = 100;

export type LaunchInput = z.output<typeof input>;
export type Refusal = z.output<typeof refusal>;
export type Replacement = z.output<typeof replacement>;
export type LaunchedInstance = z.output<typeof instance>;

export const contract = defineJobType({
  name: 'launch-instances',
  description:
    'Launches EC2 instances in the first type and subnet with room for them, waits until they run and reports them. Where there is no room it waits for some; ' +
    'when it fails or is cancelled it terminates what it launched.',
  version: 2,
  input,
  output,
  example: {
    imageId: 'ami-0123456789abcdef0',
    instanceTypes: ['t4g.small'],
    subnetIds: ['subnet-0123456789abcdef0'],
    timeToLiveSeconds: 3_600,
  },
  timeoutSeconds: 60,
  deadline: { hours: 1 },
  maxAttempts: 5,
  backoff: { baseMs: 5_000, capMs: 120_000 },
  typicalSeconds: 45,
  concurrency: 5,
  batchSize: 5,
  memoryMiB: 256,
  cleansUp: true,
  redact: ['userData'],
  delegatesTo: ['terminate-instances'],
  follows: { terminate: maxReplacements + 1 },
  permissions: launchPermissions,
  check: findFaults,
});

function findFaults(
  { launchTemplate: template, imageId, instanceTypes, subnetIds }: LaunchInput,
  { ec2 }: Settings,
): readonly InputFault[] {
  const faults = (
    list: readonly string[],
    value: string | undefined,
    { pointer, what }: { pointer: string; what: string },
  ): readonly InputFault[] =>
    value === undefined || isAllowed(list, value) ? [] : [{ pointer, detail: `The ${what} "${value}" is not on the deployer's list.` }];
  return [
    // Somebody may name another template like the id of a listed one.
    ...faults(ec2.launchTemplates.filter(isIdOrAny), template?.id, { pointer: '/launchTemplate', what: 'launch template id' }),
    ...faults(ec2.launchTemplates.filter(isNameOrAny), template?.name, { pointer: '/launchTemplate', what: 'launch template name' }),
    ...faults(ec2.imageIds, imageId, { pointer: '/imageId', what: 'image' }),
    ...(instanceTypes ?? []).flatMap((type, index) =>
      faults(ec2.instanceTypes, type, { pointer: `/instanceTypes/${index}`, what: 'instance type' }),
    ),
    ...(subnetIds ?? []).flatMap((subnet, index) => faults(ec2.subnetIds, subnet, { pointer: `/subnetIds/${index}`, what: 'subnet' })),
  ];
}

const isIdOrAny = (listed: string) => isLaunchTemplateId(listed) || listed === '*';
const isNameOrAny = (listed: string) => !isLaunchTemplateId(listed);
