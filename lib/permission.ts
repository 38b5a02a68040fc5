import { Stack, Validations } from 'aws-cdk-lib';
import { type IGrantable, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { PermissionStatement } from '../lambdas/core/contract.ts';
import { DeploymentError } from './deployment-error.ts';

/**
 * Adds what a contract asks for to a role.
 * @param environment the worker's own, whose values resources may name
 * @throws Error when it names a `*` and no reason, or a `{NAME}` that is nowhere
 */
export function permit(
  role: IRole,
  { actions, resources, conditions, reason }: PermissionStatement,
  environment: Readonly<Record<string, string>> = {},
): void {
  if (resources.length === 0) return;
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
  const filled = resources.map(fill);
  if (resources.some((resource) => resource.includes('*')) && reason === undefined) {
    throw new DeploymentError(`A permission for ${actions.join(', ')} names ${resources.join(', ')} and must say why: add its reason.`);
  }
  acknowledgeStars(role, filled, reason ?? '');
  const filledConditions = mapValues(conditions ?? {}, (keys) =>
    mapValues(keys, (values) => (typeof values === 'string' ? fill(values) : values.map(fill))),
  );
  role.addToPrincipalPolicy(new PolicyStatement({ actions: [...actions], resources: filled, conditions: filledConditions }));
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

/** Tells cdk-nag why these resources may hold a `*`, each by itself, so that no other one slips through. */
export function acknowledgeStars(grantee: IGrantable & Construct, resources: readonly string[], reason: string): void {
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
