/** The CDK app: one stack for each deployment in `delegation.config.ts`, or in the file that `-c config=<path>` names. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App } from 'aws-cdk-lib';
import { DelegationStack } from '../lib/delegation-stack.ts';
import type { DelegationProps } from '../lib/index.ts';

const app = new App();
const file = String(app.node.tryGetContext('config') ?? 'delegation.config.ts');
const { default: deployments } = (await import(pathToFileURL(resolve(file)).href)) as { default?: readonly DelegationProps[] };
if (!Array.isArray(deployments)) throw new Error(`${file} must say: export default defineDeployments({ … });`);
for (const deployment of deployments as readonly DelegationProps[]) {
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
  const env = { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) };
  new DelegationStack(app, deployment.stage === undefined ? 'Delegation' : `Delegation-${deployment.stage}`, deployment, { env });
}
