/** Validates the settings of a deployment: each by its schema, then what holds between several of them. */
import * as z from 'zod';
import type { Settings } from '../lambdas/core/contract/runtime-settings.ts';
import { checkWebhookUrl, readAllowedHosts } from '../lambdas/webhook/webhook-url.ts';
import { DeploymentError } from './deployment-error.ts';
import { type DelegationSettings, settingsSchema } from './settings.ts';

/** Validates what names a stack, which CDK checks before the rest of the stack exists. @throws DeploymentError */
export function parseStage(stage: unknown): string | undefined {
  return validate(settingsSchema.pick({ stage: true }), stage === undefined ? {} : { stage }).stage;
}

/**
 * @param typeNames all existing job types
 * @throws Error that names every wrong setting, and what is allowed
 */
export function parseSettings(input: unknown, typeNames: readonly string[]): DelegationSettings {
  const settings = validate(settingsSchema, input);
  const problem =
    problemOfJobTypes(settings, typeNames) ??
    problemOfOwnStores(settings) ??
    problemOfEc2(settings) ??
    problemOfWebhooks(settings) ??
    problemOfConsole(settings) ??
    problemOfIdleSettings(settings);
  if (problem !== undefined) throw new DeploymentError(problem);
  return settings;
}

/** @returns the settings that the functions need at run time */
export function runtimeSettings({
  auth,
  writableTables,
  sourceBuckets,
  sourceKeys,
  tableKeys,
  ec2,
  quota,
  idempotency,
  webhooks,
}: DelegationSettings): Settings {
  const { adminClaim, ownerClaim } = auth.kind === 'jwt' ? auth : { adminClaim: undefined, ownerClaim: undefined };
  return {
    writableTables,
    sourceBuckets,
    sourceKeys,
    tableKeys,
    ec2,
    admins: auth.kind === 'iam' ? auth.admins : [],
    ...(ownerClaim === undefined ? {} : { jwt: { ownerClaim, ...(adminClaim === undefined ? {} : { adminClaim }) } }),
    ...(quota === undefined ? {} : { quota }),
    ...(webhooks === undefined ? {} : { webhooks: { ...webhooks, allowedHosts: webhooks.allowedHosts.flatMap(readAllowedHosts) } }),
    ...(idempotency.release === 'failed' ? { idempotencyRelease: idempotency.release } : {}),
  };
}

function validate<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new DeploymentError(`These settings are not valid:\n${z.prettifyError(parsed.error)}`);
}

function problemOfJobTypes(
  { disabledJobTypes, concurrency, pollers }: DelegationSettings,
  typeNames: readonly string[],
): string | undefined {
  const byType = { concurrency: Object.keys(concurrency), pollers: Object.keys(pollers) };
  for (const [setting, types] of Object.entries({ disabledJobTypes, ...byType })) {
    const unknown = types.find((type) => !typeNames.includes(type));
    if (unknown !== undefined) return `The setting ${setting} names "${unknown}". There are: ${typeNames.join(', ')}.`;
  }
  for (const [setting, types] of Object.entries(byType)) {
    const idle = types.find((type) => disabledJobTypes.includes(type));
    if (idle !== undefined) return `The setting ${setting} names "${idle}", which disabledJobTypes does not deploy.`;
  }
  const both = byType.pollers.find((type) => byType.concurrency.includes(type));
  if (both !== undefined)
    return `The settings concurrency and pollers both name "${both}". Its pollers bound its invocations: ten for each, so remove one of the two.`;
  if (typeNames.every((type) => disabledJobTypes.includes(type)))
    return 'The setting disabledJobTypes leaves no job type. Enable at least one.';
  return undefined;
}

function problemOfOwnStores({ writableTables, sourceBuckets }: DelegationSettings): string | undefined {
  const own = [...writableTables, ...sourceBuckets].find((name) => /JobsTable[0-9A-F]{8}-|payloadsbucket[0-9a-f]{8}-/.test(name));
  if (own === undefined) return undefined;
  return `${own} is Delegation's own: callers could read or rewrite every job. Remove it from the list.`;
}

function problemOfEc2({ ec2 }: DelegationSettings): string | undefined {
  if (ec2.launchTemplates.length > 0) return undefined;
  if (ec2.instanceRoles.length > 0)
    return 'The setting ec2.instanceRoles has no effect without ec2.launchTemplates: jobs cannot name an instance profile.';
  const lists = [ec2.instanceTypes, ec2.subnetIds, ec2.imageIds];
  if (lists.some(({ length }) => length > 0) && lists.some(({ length }) => length === 0))
    return 'The setting ec2 allows no launch at all: it needs instanceTypes, subnetIds and imageIds, or launchTemplates.';
  return undefined;
}

/** Names a default that would be refused at each try. */
function problemOfWebhooks({ webhooks }: DelegationSettings): string | undefined {
  const policy = { allowedHosts: webhooks?.allowedHosts.flatMap(readAllowedHosts) ?? [], allowsLoopback: false };
  const refused = [webhooks?.default?.url, ...Object.values(webhooks?.owners ?? {}).map(({ url }) => url)]
    .map((url) => (typeof url === 'string' ? checkWebhookUrl(url, policy) : undefined))
    .find((target) => target?.kind === 'refused');
  return refused?.kind === 'refused'
    ? `The setting webhooks names a URL that webhooks.allowedHosts refuses: ${refused.message}`
    : undefined;
}

/** A page can sign no request: with IAM, a console for everybody would have to sign as one role for all, and so show each person what all may see. */
function problemOfConsole({ console, auth }: DelegationSettings): string | undefined {
  if (console === undefined || auth.kind === 'jwt') return undefined;
  return 'The setting console needs auth.kind "jwt": people sign in with the issuer of tokens. With "iam", leave it out, and run "npx delegation console", which signs with your own credentials.';
}

/** Names a setting that has no effect without another one. */
function problemOfIdleSettings({ ec2, alarms, ...settings }: DelegationSettings): string | undefined {
  const hasTemplates = ec2.launchTemplates.length > 0;
  const needs = [
    ['sourceKeys', settings.sourceKeys, 'sourceBuckets', settings.sourceBuckets.length > 0],
    ['tableKeys', settings.tableKeys, 'writableTables', settings.writableTables.length > 0],
    ['ec2.templateParameters', ec2.templateParameters, 'ec2.launchTemplates', hasTemplates],
    ['ec2.volumeKeys', ec2.volumeKeys, 'ec2.imageIds or ec2.launchTemplates', hasTemplates || ec2.imageIds.length > 0],
  ] as const;
  for (const [setting, values, other, hasOther] of needs)
    if (values.length > 0 && !hasOther) return `The setting ${setting} has no effect without ${other}.`;
  return problemOfAlarms(alarms);
}

function problemOfAlarms({ topicArn, email, monthlyUsd }: DelegationSettings['alarms']): string | undefined {
  if (monthlyUsd !== undefined && email === undefined) return 'The setting alarms.monthlyUsd needs alarms.email, the address to notify.';
  if (topicArn !== undefined && email !== undefined && monthlyUsd === undefined)
    return 'The setting alarms.email has no effect beside alarms.topicArn, whose own subscribers are notified: remove one, or subscribe the address to that topic.';
  return undefined;
}
