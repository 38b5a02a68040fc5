/** The CDK app: one stack for each deployment in `delegation.config.ts`, or in the file that `-c config=<path>` names. */
import { App } from 'aws-cdk-lib';
import { DelegationStack } from '../lib/delegation-stack.ts';
import { DeploymentError } from '../lib/deployment-error.ts';
import { stackNameOf } from '../lib/deployment-name.ts';
import { readDeployments } from '../lib/deployments.ts';
import { parseStage } from '../lib/parse-settings.ts';

const app = new App();
try {
  for (const deployment of await readDeployments(String(app.node.tryGetContext('config') ?? 'delegation.config.ts'))) {
    const name = stackNameOf(parseStage(deployment.stage));
    if (app.node.tryFindChild(name) !== undefined)
      throw new DeploymentError(`Two deployments are named ${name}. Give each a stage of its own.`);
    const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
    const env = { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) };
    new DelegationStack(app, name, deployment, { env });
  }
} catch (error) {
  if (!(error instanceof DeploymentError)) throw error;
  console.error(error.message);
  process.exit(1);
}
