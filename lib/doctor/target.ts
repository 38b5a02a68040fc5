/** The region and the account to examine, found as the AWS CLI and the CDK find them. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { noIdentity } from './deploy-failure.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

export interface Target {
  readonly region: string;
  readonly account: string;
  /** One of `aws`, `aws-cn` and `aws-us-gov`. */
  readonly partition: string;
  /** The ARN of the caller. */
  readonly callerArn: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @returns the region, if there is one, and a finding if it is missing or ambiguous */
export async function findRegion(
  env: Environment,
  given?: string,
): Promise<{ readonly region?: string; readonly findings: readonly Finding[] }> {
  const { AWS_REGION, AWS_DEFAULT_REGION } = env;
  const region = given ?? AWS_REGION ?? AWS_DEFAULT_REGION ?? (await regionOfProfile());
  if (region === undefined) {
    const missing = problem('No region is set.', {
      advice: 'Choose one: the CDK would deploy to us-east-1, and the AWS CLI would refuse.',
      commands: ['export AWS_REGION=eu-central-1'],
    });
    return { findings: [missing] };
  }
  if (!/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(region))
    return {
      findings: [
        problem(`"${region}" is not a region: a region looks like eu-central-1.`, { commands: ['export AWS_REGION=eu-central-1'] }),
      ],
    };
  if (given === undefined && AWS_REGION !== undefined && AWS_DEFAULT_REGION !== undefined && AWS_REGION !== AWS_DEFAULT_REGION) {
    const unclear = warning(
      `AWS_REGION is ${AWS_REGION} and AWS_DEFAULT_REGION is ${AWS_DEFAULT_REGION}: tools differ in which one they use.`,
      {
        advice: `The CDK and the doctor use ${AWS_REGION}. Set both to the same value.`,
        commands: [`export AWS_DEFAULT_REGION=${AWS_REGION}`],
      },
    );
    return { region, findings: [unclear] };
  }
  return { region, findings: [] };
}

/** @returns the region of the profile in the AWS configuration file */
async function regionOfProfile(): Promise<string | undefined> {
  try {
    return await new STSClient({}).config.region();
  } catch {
    return undefined; // the SDK reports that the region is missing
  }
}

/** @returns the caller, or a finding that says why it is not known */
export async function identify(
  sts: STSClient,
  region: string,
): Promise<{ readonly target: Target; readonly finding: Finding } | { readonly target?: undefined; readonly finding: Finding }> {
  try {
    const { Account: account = '', Arn: callerArn = '' } = await sts.send(new GetCallerIdentityCommand());
    const [, partition = 'aws'] = callerArn.split(':');
    const target = { region, account, partition, callerArn };
    return { target, finding: findingOf(target) };
  } catch (error) {
    return { finding: noIdentity(error, region) };
  }
}

function findingOf({ callerArn, account, region }: Target): Finding {
  const who = `You are ${callerArn}: account ${account}, region ${region}.`;
  if (!callerArn.endsWith(':root')) return ok(who);
  return warning(`${who} That is the root user.`, {
    advice: 'Deploy as a role or a user: the root user cannot assume the roles of the CDK, and its keys can do everything.',
  });
}
