import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Delegation, type DelegationProps } from './delegation.ts';

/** Delegation as a deployment of its own. */
export class DelegationStack extends Stack {
  constructor(scope: Construct, id: string, props: DelegationProps & StackProps) {
    super(scope, id, { description: 'Delegation: accepts work over HTTPS, does it behind a queue, delivers the result', ...props });
    const delegation = new Delegation(this, 'Delegation', props);
    new CfnOutput(this, 'Url', { value: delegation.url, description: 'Where jobs are submitted: POST /v1/jobs' });
  }
}
