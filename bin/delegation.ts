/** The CDK app: one stack for each deployment in `delegation.config.ts`, or in the file that `-c config=<path>` names. */
import { App } from 'aws-cdk-lib';
import { DelegationStack } from '../lib/delegation-stack.ts';
import { readDeployments } from './deployments.ts';

const app = new App();
for (const deployment of await readDeployments(String(app.node.tryGetContext('config') ?? 'delegation.config.ts'))) {
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
  const env = { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) };
  new DelegationStack(app, deployment.stage === undefined ? 'Delegation' : `Delegation-${deployment.stage}`, deployment, { env });
}
