import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import deployments from '../../../examples/first-deploy/delegation.config.ts';
import { contract } from '../../../examples/first-deploy/strain/contract.ts';
import { lookAtRuntime } from '../../../examples/first-deploy/strain/look.ts';
import { definition } from '../../../examples/first-deploy/strain/worker.ts';
import { DelegationStack } from '../../../lib/index.ts';
import { resultOf, runJob } from '../../support/worker-run.ts';

it('sleeps as often as it is asked to', async () => {
  const { job } = await runJob(contract, definition, { act: 'sleep', times: 15 });
  expect(job.result).toEqual({ attempt: 1 });
  expect(job.timeline.filter(({ event }) => event === 'sleeping')).toHaveLength(15);
});

it('answers at length', async () => {
  const { text } = (await resultOf(contract, definition, { act: 'answer' })) as { text: string };
  expect(text).toHaveLength(10_000);
});

it('says that it is not in Lambda', async () => {
  const answer = await resultOf(contract, definition, { act: 'look' });
  expect(answer).toEqual({ attempt: 1, runtime: { node: process.version, client: 'none: this is not Lambda', files: [] } });
});

it.each([
  ['{"name": "aws-lambda-ric", "version": "4.0.2"}', 'export const run = () => {};', '4.0.2, does not listen to beforeExit'],
  ['{}', "const agent = 'aws-lambda-nodejs/v3.3.0'; process.on('beforeExit', end);", 'unnamed, listens to beforeExit'],
  ['{}', "const agent = 'aws-lambda-nodejs/3.3.0';", '3.3.0, does not listen to beforeExit'],
])('reads the release of the client from %s and %s', (manifest, code, expected) => {
  const folder = mkdtempSync(join(tmpdir(), 'runtime-'));
  writeFileSync(join(folder, 'package.json'), manifest);
  writeFileSync(join(folder, 'index.mjs'), code);
  const { client, files } = lookAtRuntime(folder);
  rmSync(folder, { recursive: true });
  expect([client, files]).toEqual([expected, ['index.mjs', 'package.json']]);
});

it('is synthesised, goes without a trace, and gives each queue that has a setting the minimum', () => {
  const [deployment] = deployments;
  const template = Template.fromStack(new DelegationStack(new App(), 'Delegation-check', deployment, { env: { region: 'eu-central-1' } }));
  template.hasResource('AWS::KMS::Key', { DeletionPolicy: 'Delete' });
  const triggers = Object.values(template.findResources('AWS::Lambda::EventSourceMapping'));
  // The last is that of groups, whose workers run only where the checklist makes one.
  expect(triggers.map(({ Properties }) => Properties.ScalingConfig.MaximumConcurrency).sort()).toEqual([2, 2, 2, 2, 2, 5]);
});
