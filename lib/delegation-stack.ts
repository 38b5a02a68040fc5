import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Delegation, type DelegationProps } from './delegation.ts';

/** Delegation as a deployment of its own. */
export class DelegationStack extends Stack {
  constructor(scope: Construct, id: string, delegation: DelegationProps = {}, props: StackProps = {}) {
    super(scope, id, { description: 'Delegation: accepts work over HTTPS, does it behind a queue, delivers the result', ...props });
    const { url } = new Delegation(this, 'Delegation', delegation);
    new CfnOutput(this, 'Url', { value: url, description: 'Where jobs are submitted: POST /v1/jobs' });
  }
}
