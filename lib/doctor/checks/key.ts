/** Checks whether a KMS key can encrypt what the deployment stores, logs and mails. */
import { DescribeKeyCommand, GetKeyPolicyCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { Clients } from '../clients.ts';
import { errorName } from '../deploy-failure.ts';
import { type Finding, ok, problem, warning } from '../finding.ts';
import { type KeyUse, keyPolicyAllows, type Verdict } from '../key-policy.ts';
import type { Target } from '../target.ts';

/** @param arn the key that the setting `encryption` names, or that the stack has created */
export async function encryptionKey(kms: KMSClient, arn: string, target: Target): Promise<readonly Finding[]> {
  const usable = await isUsable(kms, arn, target);
  if (usable.status !== 'ok') return [usable];
  const { Policy = '{}' } = await kms.send(new GetKeyPolicyCommand({ KeyId: arn, PolicyName: 'default' }));
  return [usable, ...policyFindings(Policy, target)];
}

/**
 * Checks a key that the settings name for sources, tables or volumes. It may belong to another account, whose policies only its owner may read.
 * @param region the region that it must be in. @default its own: sources may be in any
 */
export async function otherKey({ inRegion }: Pick<Clients, 'inRegion'>, arn: string, region = regionOf(arn)): Promise<Finding> {
  return isUsable(inRegion(region).kms, arn, { region });
}

const regionOf = (arn: string): string => arn.split(':')[3] ?? '';

async function isUsable(kms: KMSClient, arn: string, { region }: Pick<Target, 'region'>): Promise<Finding> {
  if (regionOf(arn) !== region)
    return problem(`The key ${arn} is in ${regionOf(arn)}, and the deployment in ${region}: it needs a key of its own region.`, {
      commands: [`aws kms list-keys --region ${region}`],
    });
  try {
    const { KeyMetadata: { KeyState, KeySpec, KeyUsage } = {} } = await kms.send(new DescribeKeyCommand({ KeyId: arn }));
    if (KeyState !== 'Enabled') {
      return problem(`The key ${arn} is not enabled (${KeyState}): nothing that it encrypts can be read or written.`, {
        commands:
          KeyState === 'PendingDeletion'
            ? [`aws kms cancel-key-deletion --key-id ${arn}`, `aws kms enable-key --key-id ${arn}`]
            : [`aws kms enable-key --key-id ${arn}`],
      });
    }
    if (KeyUsage !== 'ENCRYPT_DECRYPT' || KeySpec !== 'SYMMETRIC_DEFAULT') {
      return problem(`The key ${arn} is ${KeySpec} for ${KeyUsage}: tables, queues and logs need a symmetric key for encryption.`, {
        advice: 'Name another key.',
      });
    }
    return ok(`The key ${arn} is enabled.`);
  } catch (error) {
    if (errorName(error) !== 'NotFoundException') throw error;
    return problem(`There is no key ${arn} in its account and region.`, { commands: [`aws kms list-keys --region ${region}`] });
  }
}

/** @see ../../../docs/security.md for the statements */
export function policyFindings(policy: string, { region, account, partition }: Target): readonly Finding[] {
  const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  const inLogs = { 'kms:encryptioncontext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:any` };
  const logActions = ['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo', 'GenerateDataKey', 'DescribeKey'];
  const byPolicies = uses(
    [`arn:${partition}:iam::${account}:root`, account],
    ['Decrypt', 'GenerateDataKey', 'CreateGrant', 'DescribeKey'],
    { 'kms:calleraccount': account, 'aws:principalaccount': account },
  );
  return [
    policyFinding(
      verdictOn(policy, byPolicies),
      "the account's IAM policies",
      'neither the functions nor the table can use it, and the deploy would fail',
    ),
    policyFinding(verdictOn(policy, uses([`logs.${region}.${suffix}`], logActions, inLogs)), 'CloudWatch Logs', 'the deploy would fail'),
    alarmKeyFinding(policy, account),
  ];
}

/** Checks whether a key's policy lets alarms use it for the topic that they are published to. */
export function alarmKeyFinding(policy: string, account: string): Finding {
  const alarmUses = (context: KeyUse['context']) => uses(['cloudwatch.amazonaws.com'], ['Decrypt', 'GenerateDataKey'], context);
  // It is not documented whether alarms send the account, so only a key without this condition is sure to work.
  const bare = verdictOn(policy, alarmUses({}));
  const withAccount = verdictOn(policy, alarmUses({ 'aws:sourceaccount': account }));
  if (bare === 'allowed' || withAccount !== 'allowed') return policyFinding(bare, "CloudWatch's alarms", 'alarms turn red without a mail');
  return ok(
    'The key\'s policy lets CloudWatch\'s alarms use it if they name their account (aws:SourceAccount). After the deploy, "alarm-path" shows whether they do.',
  );
}

const uses = (principals: readonly string[], actions: readonly string[], context: KeyUse['context']): readonly KeyUse[] =>
  actions.map((action) => ({ principals, action: `kms:${action}`, context }));

function verdictOn(policy: string, uses: readonly KeyUse[]): Verdict {
  const verdicts = uses.map((use) => keyPolicyAllows(policy, use));
  return verdicts.find((verdict) => verdict === 'refused') ?? verdicts.find((verdict) => verdict === 'unclear') ?? 'allowed';
}

function policyFinding(verdict: Verdict, who: string, consequence: string): Finding {
  if (verdict === 'allowed') return ok(`The key's policy lets ${who} use it.`);
  const advice = 'docs/security.md, "Encryption", has the statement that the policy needs.';
  if (verdict === 'refused') return problem(`The key's policy does not let ${who} use it: ${consequence}.`, { advice });
  return warning(
    `Whether the key's policy lets ${who} use it depends on conditions that the doctor cannot evaluate. If not, ${consequence}.`,
    { advice },
  );
}
