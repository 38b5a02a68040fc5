import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import deployments from '../../delegation.config.example.ts';
import { catalogue } from '../../lambdas/jobs/catalogue.ts';
import { DelegationStack } from '../../lib/index.ts';
import { parseSettings, settingsSchema } from '../../lib/settings.ts';

const env = { region: 'eu-central-1' };
const templates = deployments.map((deployment) =>
  Template.fromStack(new DelegationStack(new App(), `Delegation-${deployment.stage}`, deployment, { env })),
);

describe('delegation.config.example.ts', () => {
  it('is valid, and shows two stages', () => {
    const types = catalogue.map(({ name }) => name);
    expect(deployments.map((deployment) => parseSettings(deployment, types).stage)).toEqual(['test', 'prod']);
  });

  it('is synthesised', () => {
    for (const template of templates) template.resourceCountIs('AWS::DynamoDB::GlobalTable', 1);
  });

  it('uses every setting but those that few need', () => {
    const used = new Set(deployments.flatMap((deployment) => Object.keys(deployment)));
    expect(Object.keys(settingsSchema.shape).filter((setting) => !used.has(setting))).toEqual([
      'leaseSeconds',
      'graceSeconds',
      'architecture',
      'savedQueries',
    ]);
  });
});
