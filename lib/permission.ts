import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { PermissionStatement } from '../lambdas/core/contract.ts';

/** A contract's permission as an IAM statement of the stack that `scope` is in. */
export function toPolicyStatement(scope: Construct, { actions, resources, conditions }: PermissionStatement): PolicyStatement {
  const { partition, region, account } = Stack.of(scope);
  const fill = (text: string) => text.replaceAll('{partition}', partition).replaceAll('{region}', region).replaceAll('{account}', account);
  return new PolicyStatement({
    actions: [...actions],
    resources: resources.map(fill),
    ...(conditions === undefined ? {} : { conditions }),
  });
}
