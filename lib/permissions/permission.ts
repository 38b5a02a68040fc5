import { Stack, Validations } from 'aws-cdk-lib';
import { type IGrantable, ManagedPolicy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { PermissionStatement } from '../../lambdas/core/contract/contract.ts';
import { DeploymentError } from '../deployment-error.ts';
import { partsThatFit } from './permission-parts.ts';
import { maxManagedPolicies, maxManagedPolicySize, policySize } from './policy-size.ts';

/** Characters of a role's own policy that are given to its contract; the engine's permissions take the rest. */
const inlineRoom = 6_000;
/** What CDK takes an ARN for that it does not know yet. Beyond 10,000 of these characters it would divide the role's own policy itself. */
const sizeOfArnToCdk = 150;
/** Small enough that parts of this size fill a policy well. */
const maxPartSize = 1_500;
/** What a managed policy takes besides its statements. */
const frameSize = 60;

/**
 * Adds what a contract asks for to a role: to its own policy, and what has no room there to managed policies.
 * @param environment the worker's own, whose values resources may name
 * @throws Error when a statement names a `*` and no reason, or a `{NAME}` that is nowhere, or when IAM has no room for them all
 */
export function addPermissions(
  role: Role,
  statements: readonly PermissionStatement[],
  environment: Readonly<Record<string, string>> = {},
): void {
  const sizeOf = (part: PermissionStatement) => policySize(role, statementOf(part).toStatementJson()) + 1;
  const own = { room: inlineRoom, parts: [] as PermissionStatement[] };
  const policies = [own];
  for (const statement of statements) {
    if (statement.resources.length === 0) continue;
    for (const part of partsThatFit(fillIn(role, statement, environment), (one) => sizeOf(one) <= maxPartSize)) {
      const sizeIn = (policy: typeof own) => Math.max(sizeOf(part), policy === own ? part.resources.length * sizeOfArnToCdk : 0);
      const policy = policies.find((one) => one.room >= sizeIn(one)) ?? { room: maxManagedPolicySize - frameSize, parts: [] };
      if (!policies.includes(policy)) policies.push(policy);
      policy.room -= sizeIn(policy);
      policy.parts.push(part);
    }
  }
  const [, ...managed] = policies;
  if (managed.length > maxManagedPolicies || managed.some(({ room }) => room < 0)) {
    const total = policies.flatMap(({ parts }) => parts).reduce((sum, part) => sum + sizeOf(part), 0);
    throw new DeploymentError(
      `The permissions of ${role.node.scope?.node.id ?? role.node.id} take about ${total} characters. IAM takes ${maxManagedPolicies} managed policies of ${maxManagedPolicySize} characters for a role, and no part longer than one of them: list fewer or shorter names.`,
    );
  }
  for (const part of own.parts) role.addToPrincipalPolicy(statementOf(part));
  for (const [i, { parts }] of managed.entries())
    new ManagedPolicy(role, `Listed${i + 1}`, {
      description: 'Delegation: what the settings list',
      statements: parts.map(statementOf),
      roles: [role],
    });
}

function statementOf({ actions, resources, conditions = {} }: PermissionStatement): PolicyStatement {
  return new PolicyStatement({ actions: [...actions], resources: [...resources], conditions });
}

/** Returns the statement with the values of what it names in braces. */
function fillIn(role: Role, statement: PermissionStatement, environment: Readonly<Record<string, string>>): PermissionStatement {
  const { actions, resources, conditions = {}, reason } = statement;
  const { partition, region, account } = Stack.of(role);
  const known: Readonly<Record<string, string>> = { ...environment, partition, region, account };
  const value = (_: string, name: string): string => {
    const found = known[name];
    if (found !== undefined) return found;
    throw new DeploymentError(
      `A permission for ${actions.join(', ')} names {${name}}, which must be one of ${Object.keys(known).join(', ')}.`,
    );
  };
  const fill = (text: string) => text.replaceAll(/(?<!\$)\{(\w+)\}/g, value);
  if (resources.some((resource) => resource.includes('*')) && reason === undefined) {
    throw new DeploymentError(`A permission for ${actions.join(', ')} names ${resources.join(', ')} and must say why: add its reason.`);
  }
  const filled = resources.map(fill);
  suppressWildcardFindings(role, filled, reason ?? '');
  const filledConditions = mapValues(conditions, (keys) =>
    mapValues(keys, (values) => (typeof values === 'string' ? fill(values) : values.map(fill))),
  );
  return { actions, resources: filled, conditions: filledConditions };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

/** Gives cdk-nag the reason why these resources may hold a `*`, each separately, so that no other one slips through. */
export function suppressWildcardFindings(grantee: IGrantable & Construct, resources: readonly string[], reason: string): void {
  for (const resource of resources.filter((text) => text.includes('*'))) {
    const id = `AwsSolutions::AwsSolutions-IAM5[Resource::${asNagWritesIt(Stack.of(grantee).resolve(resource))}]`;
    Validations.of(grantee).acknowledge({ id, reason });
  }
}

function asNagWritesIt(value: unknown): string {
  if (typeof value === 'string') return value;
  const {
    Ref,
    'Fn::GetAtt': attribute,
    'Fn::Join': join,
  } = value as { Ref?: string; 'Fn::GetAtt'?: string[]; 'Fn::Join'?: [string, unknown[]] };
  if (join !== undefined) return join[1].map(asNagWritesIt).join(join[0]);
  return `<${Ref ?? attribute?.join('.')}>`;
}
