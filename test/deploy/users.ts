/** Users of the emulated account, each with one policy. */
import { CreateAccessKeyCommand, CreateUserCommand, type IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';

export const policy = (...Statement: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

/** Creates a user with this permission only. @returns the user's keys */
export async function makeUser(iam: IAMClient, UserName: string, may: object) {
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'may', PolicyDocument: policy({ Effect: 'Allow', ...may }) }));
  return newKeys(iam, UserName);
}

/** @returns further keys of an existing user */
export async function newKeys(iam: IAMClient, UserName: string) {
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}
