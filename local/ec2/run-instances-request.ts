/** The parameters of `RunInstances`, as far as Delegation sends them. */
import { createHash, randomBytes } from 'node:crypto';
import { Ec2Error } from './ec2-error.ts';
import { list, type QueryNode, text } from './query-protocol.ts';

const largestUserDataBytes = 16_384;

export interface LaunchRequest {
  readonly minCount: number;
  readonly maxCount: number;
  readonly clientToken: string;
  /** A digest of all parameters except the token. */
  readonly fingerprint: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly subnetId: string;
  readonly isSpot: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** @throws Ec2Error for parameters that EC2 refuses */
export function readRequest(query: Map<string, QueryNode>): LaunchRequest {
  const [minCount, maxCount] = [Number(text(query, 'MinCount')), Number(text(query, 'MaxCount'))];
  if (!(Number.isInteger(minCount) && Number.isInteger(maxCount) && minCount >= 1 && maxCount >= minCount)) {
    throw new Ec2Error('InvalidParameterValue', `MinCount and MaxCount must be whole numbers, 1 ≤ ${minCount} ≤ ${maxCount}.`);
  }
  const hasTemplate = query.get('LaunchTemplate') !== undefined;
  const imageId = text(query, 'ImageId') ?? (hasTemplate ? 'ami-0123456789abcdef0' : undefined);
  if (imageId === undefined) throw new Ec2Error('MissingParameter', 'The request must contain the parameter ImageId');
  if (!/^(ami-|resolve:ssm:)/.test(imageId)) {
    throw new Ec2Error('InvalidAMIID.Malformed', `Invalid id: "${imageId}" (expecting "ami-...")`);
  }
  if (Buffer.from(text(query, 'UserData') ?? '', 'base64').length > largestUserDataBytes) {
    throw new Ec2Error('InvalidParameterValue', `User data is limited to ${largestUserDataBytes} bytes`);
  }
  const clientToken = text(query, 'ClientToken') ?? randomBytes(16).toString('hex');
  if (clientToken.length > 64) throw new Ec2Error('InvalidParameterValue', 'ClientToken must be at most 64 characters');
  return {
    minCount,
    maxCount,
    clientToken,
    fingerprint: fingerprint(query),
    // What a parameter in Systems Manager holds is made up: the same for the same name.
    imageId: imageId.startsWith('resolve:') ? `ami-${hex(imageId)}` : imageId,
    instanceType: text(query, 'InstanceType') ?? 't3.micro',
    subnetId: text(query, 'SubnetId') ?? 'subnet-0default',
    isSpot: text(query.get('InstanceMarketOptions'), 'MarketType') === 'spot',
    tags: readTags(query),
  };
}

function readTags(query: Map<string, QueryNode>): Readonly<Record<string, string>> {
  const specifications = list(query, 'TagSpecification').filter((one) => text(one, 'ResourceType') === 'instance');
  const tags = specifications.flatMap((one) => list(one, 'Tag')).map((tag) => [text(tag, 'Key') ?? '', text(tag, 'Value') ?? ''] as const);
  for (const [key] of tags) assertTagKey(key);
  return Object.fromEntries(tags);
}

/** @throws Ec2Error for a key that is reserved */
export function assertTagKey(key: string): void {
  if (!/^aws:/i.test(key)) return;
  throw new Ec2Error(
    'InvalidParameterValue',
    `Value ( ${key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use`,
  );
}

function fingerprint(query: Map<string, QueryNode>): string {
  const parameters = [...query].filter(([name]) => name !== 'ClientToken' && name !== 'Version').sort(([a], [b]) => (a < b ? -1 : 1));
  return hex(JSON.stringify(parameters, (_key, value) => (value instanceof Map ? [...value].sort(([a], [b]) => (a < b ? -1 : 1)) : value)));
}

const hex = (seed: string) => createHash('sha256').update(seed).digest('hex').slice(0, 17);
