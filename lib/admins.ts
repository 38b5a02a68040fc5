/** Admins that a CDK app names by its own roles and users, besides those of the setting `auth.admins`. */
import { Stack, Token, TokenComparison } from 'aws-cdk-lib';
import type { IGrantable, IRole, IUser } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Settings } from '../lambdas/core/contract/runtime-settings.ts';
import { DeploymentError } from './deployment-error.ts';

/** The variable of `writeConfig` that holds the settings. */
export const settingsVariable = 'DELEGATION_SETTINGS';

/**
 * Returns the ARN by which the API knows calls of a role or a user: of a role without its path, which calls do not carry.
 * @throws DeploymentError for anything else, such as a group or a service, and for a principal of another account, which cannot call an HTTP API
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 */
export function callerArnOf(scope: Construct, { grantPrincipal }: IGrantable): string {
  const { principalAccount } = grantPrincipal;
  const stack = Stack.of(scope);
  if (principalAccount !== undefined && Token.compareStrings(principalAccount, stack.account) === TokenComparison.DIFFERENT)
    throw new DeploymentError(
      `An admin of the account ${principalAccount} cannot call an API of ${stack.account}: name a role of this account that it may assume.`,
    );
  const { roleName, userArn } = grantPrincipal as Partial<IRole & IUser>;
  if (roleName !== undefined) return stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: roleName });
  if (userArn !== undefined) return userArn;
  throw new DeploymentError('Admins are roles and users, or what has a role, such as a function: grantAdmin takes nothing else.');
}

/** @param environment of a function, as `writeConfig` writes it @returns the variables that say the same, with one admin more */
export function withAdmin(environment: Readonly<Record<string, string>>, arn: string): Readonly<Record<string, string>> {
  const settings = JSON.parse(environment[settingsVariable] ?? '') as Settings;
  if (settings.admins.includes(arn)) return environment;
  return { ...environment, [settingsVariable]: JSON.stringify({ ...settings, admins: [...settings.admins, arn] }) };
}
