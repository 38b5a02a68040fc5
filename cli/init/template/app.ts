/** The CDK app: a stack for each deployment in delegation.config.ts. `npx delegation deploy` runs it. */
import { App } from 'aws-cdk-lib';
import { DelegationStack } from 'delegation-aws';
import deployments from './delegation.config.ts';

const app = new App();
for (const deployment of deployments) {
  const name = deployment.stage === undefined ? 'Delegation' : `Delegation-${deployment.stage}`;
  new DelegationStack(app, name, deployment);
}
