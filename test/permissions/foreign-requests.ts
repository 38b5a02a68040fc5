/** Requests that a function must not be allowed, derived from its own: the same calls for resources of others. */
import { deploymentTag, jobTag } from '../../lambdas/jobs/ec2/tags.ts';
import { local } from '../../local/resources.ts';
import { anotherAccount, bucketArn, ec2Arn, type IamRequest, region } from './iam-requests.ts';

const anotherRegion = 'eu-central-1';

/** @returns for any request of an action: the same elsewhere, and what is special to its service */
export function foreignTo(request: IamRequest): readonly IamRequest[] {
  const { action, resource } = request;
  if (resource === '*') return []; // of actions that AWS knows no resources for
  const about = (...resources: readonly string[]) => resources.map((other) => ({ ...request, resource: other }));
  const elsewhere = about(resource.replace(`:${region}:`, `:${anotherRegion}:`)).filter((other) => other.resource !== resource);
  const [service] = action.split(':');
  switch (service) {
    case 'dynamodb': {
      const [table = ''] = resource.split('/index/');
      const isIndex = table !== resource;
      const ofThisTable = isIndex ? [table, `${table}/index/another`] : [];
      return [...elsewhere, ...about(resource.replace(/(?<=table\/)[^/]+/, 'another'), ...ofThisTable)];
    }
    case 'sqs':
      return [...elsewhere, ...about(resource.replace(/[^:]+$/, 'another'))];
    case 'secretsmanager':
      return [...elsewhere, ...about(resource.replace(/(?<=secret:).+$/, 'another-a1b2c3'))];
    case 'logs':
      return [...elsewhere, ...about(resource.replace(/(?<=log-group:)[^:]+/, 'another'))];
    case 's3': {
      const [, bucket = '', key = ''] = /^arn:aws:s3:::([^/]+)(\/.*)?$/.exec(resource) ?? [];
      // A source bucket is allowed as a whole.
      const ofThisBucket = bucket === local.payloadBucket ? [`${bucketArn(bucket)}${key.replace(/^\/[^/]+/, '/another')}`] : [];
      return about(`${bucketArn('another')}${key}`, ...ofThisBucket);
    }
    case 'kms':
      return [
        ...elsewhere,
        ...about(resource.replace(/[^/]+$/, 'another'), resource.replace(/:\d{12}:.*/, `:${anotherAccount}:key/another`)),
        ...without(request, 'kms:ViaService'),
        ...without(request, 'kms:GrantIsForAWSResource'),
        { ...request, context: { ...request.context, 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` } },
      ];
    case 'ssm':
    case 'events':
      return [...elsewhere, ...about(resource.replace(/[^/]+$/, 'another'))];
    case 'ec2':
      return [...elsewhere, ...foreignToEc2(request)];
  }
  throw new Error(`What is foreign to ${action} is not known here: add it.`);
}

/** The same without what one key of the context says; nothing where it says nothing. */
function without(request: IamRequest, key: string): readonly IamRequest[] {
  const { [key]: said, ...context } = request.context;
  return said === undefined ? [] : [{ ...request, context }];
}

function foreignToEc2(request: IamRequest): readonly IamRequest[] {
  const { action, resource, context } = request;
  const [kind = ''] = resource.split(':').at(-1)?.split('/') ?? [];
  const like = (changes: Partial<IamRequest>): IamRequest => ({ ...request, ...changes });
  const without = (name: string) => Object.fromEntries(Object.entries(context).filter(([key]) => !key.startsWith(name)));
  switch (action) {
    case 'ec2:TerminateInstances':
      return [
        without('aws:ResourceTag/'),
        { ...without('aws:ResourceTag/'), 'aws:ResourceTag/Name': 'not launched by a job' },
        without(`aws:ResourceTag/${jobTag}`),
        without(`aws:ResourceTag/${deploymentTag}`),
        { ...context, [`aws:ResourceTag/${deploymentTag}`]: 'another' },
      ].map((other) => like({ context: other }));
    case 'ec2:CreateTags':
      return [
        like({ context: without('ec2:CreateAction') }),
        like({ context: { ...context, 'ec2:CreateAction': 'CreateVolume' } }),
        ...elsewhereTagged(request),
        like({ resource: ec2Arn('security-group/another') }),
      ];
    case 'ec2:RunInstances':
      return [
        like({ resource: ec2Arn('placement-group/another'), context: { ...context, 'ec2:IsLaunchTemplateResource': 'false' } }),
        ...foreignLaunches(kind, request),
        ...elsewhereTagged(request),
      ];
  }
  throw new Error(`What is foreign to ${action} is not known here: add it.`);
}

/** What is made without the name of its deployment, or with another one's. */
function elsewhereTagged(request: IamRequest): readonly IamRequest[] {
  const tag = `aws:RequestTag/${deploymentTag}`;
  const { [tag]: own, ...rest } = request.context;
  if (own === undefined) return [];
  return [rest, { ...rest, [tag]: 'another' }].map((context) => ({ ...request, context }));
}

/** Launches of another type, in another subnet, from another image or template; what a template does not set is checked against the lists. */
function foreignLaunches(kind: string, request: IamRequest): readonly IamRequest[] {
  const { resource, context } = request;
  const another: Readonly<Record<string, Partial<IamRequest>>> = {
    instance: { context: { ...context, 'ec2:InstanceType': 'p5.48xlarge' } },
    subnet: { resource: ec2Arn('subnet/another') },
    image: { resource: ec2Arn('image/another', '') },
    'launch-template': { resource: ec2Arn('launch-template/another') },
  };
  const changed = { ...request, ...another[kind] };
  if (context['ec2:LaunchTemplate'] === undefined || kind === 'launch-template') {
    return another[kind] === undefined ? [] : [changed]; // what a launch makes itself, or an allowed template names
  }
  return [
    { ...changed, context: { ...changed.context, 'ec2:LaunchTemplate': ec2Arn('launch-template/another') } },
    { ...request, resource, context: { ...changed.context, 'ec2:IsLaunchTemplateResource': 'false' } },
  ];
}
