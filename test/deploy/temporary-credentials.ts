/** Credentials as most people have them: a role's, for an hour, with a session token. */
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { AwsClient } from 'aws4fetch';
import type { Deployment } from '../support/deployment.ts';

export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

const account = '000000000000';
const policy = (...Statement: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

/** Makes the role and a user who assumes it. @param actions what the role may do, to everything */
export async function assumeRole(deployment: Deployment, RoleName: string, actions: readonly string[]): Promise<TemporaryCredentials> {
  const { region, endpoint } = deployment.aws('iam');
  const iam = new IAMClient(deployment.aws('iam'));
  const UserName = `${RoleName}-user`;
  const RoleArn = `arn:aws:iam::${account}:role/${RoleName}`;
  await iam.send(new CreateUserCommand({ UserName }));
  const mayAssume = policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: RoleArn });
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'assume', PolicyDocument: mayAssume }));
  const trusted = policy({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' });
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trusted }));
  const may = policy({ Effect: 'Allow', Action: actions, Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'may', PolicyDocument: may }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const user = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const body = new URLSearchParams({ Action: 'AssumeRole', Version: '2011-06-15', RoleArn, RoleSessionName: 'somebody' });
  const answer = await new AwsClient({ ...user, region, service: 'sts', retries: 0 }).fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  });
  const text = await answer.text();
  const element = (name: string): string => {
    const [, value] = new RegExp(`<${name}>([^<]+)</${name}>`).exec(text) ?? [];
    if (value === undefined) throw new Error(`AssumeRole answered ${answer.status}: ${text}`);
    return value;
  };
  return { accessKeyId: element('AccessKeyId'), secretAccessKey: element('SecretAccessKey'), sessionToken: element('SessionToken') };
}
