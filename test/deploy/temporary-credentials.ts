/** Credentials as most people have them: a role's, for an hour, with a session token. */
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Deployment } from '../support/tested-deployment.ts';
import { makeUser, policy } from './users.ts';

export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

const account = '000000000000';

/** Makes the role and a user who assumes it. @param actions what the role may do, to everything */
export async function assumeRole(deployment: Deployment, RoleName: string, actions: readonly string[]): Promise<TemporaryCredentials> {
  const options = deployment.aws('iam');
  const iam = new IAMClient(options);
  const RoleArn = `arn:aws:iam::${account}:role/${RoleName}`;
  const credentials = await makeUser(iam, `${RoleName}-user`, { Action: 'sts:AssumeRole', Resource: RoleArn });
  const trusted = policy({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' });
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trusted }));
  const may = policy({ Effect: 'Allow', Action: actions, Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'may', PolicyDocument: may }));
  const sts = new STSClient({ ...options, credentials });
  const { Credentials: keys } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'somebody' }));
  if (keys?.AccessKeyId === undefined || keys.SecretAccessKey === undefined || keys.SessionToken === undefined)
    throw new Error(`AssumeRole gave no credentials of ${RoleName}.`);
  return { accessKeyId: keys.AccessKeyId, secretAccessKey: keys.SecretAccessKey, sessionToken: keys.SessionToken };
}
