import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import deployments from '../../delegation.config.example.ts';
import { catalogue } from '../../lambdas/jobs/catalogue.ts';
import { DelegationStack } from '../../lib/index.ts';
import { parseSettings } from '../../lib/parse-settings.ts';
import { settingsSchema } from '../../lib/settings.ts';
import { plainApp } from './templates.ts';

const env = { region: 'eu-central-1' };
const templates = deployments.map((deployment) =>
  Template.fromStack(new DelegationStack(plainApp(), `Delegation-${deployment.stage}`, deployment, { env })),
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
      'pollers',
      'warmThroughput',
      'clockJobsPerRun',
      'indexPartitions',
      'warm',
      'savedQueries',
    ]);
  });
});

describe('docs/runbook.md', () => {
  const runbook = readFileSync(join(__dirname, '..', '..', 'docs', 'runbook.md'), 'utf8');
  const headings = [...runbook.matchAll(/^#{2,} (.+)$/gm)].map(anchorOf);
  const anchors = templates.flatMap((template) => {
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
    const budgets = Object.keys(template.findResources('AWS::Budgets::Budget'));
    return [...alarms.map(({ Properties }) => String(Properties.AlarmDescription).split('#').at(-1) ?? ''), ...budgets.map(() => 'budget')];
  });

  it('has a section for every alarm and for the budget, and none that nothing leads to', () => {
    expect(anchors).toContain('budget');
    expect([...new Set(headings)].sort()).toEqual([...new Set(anchors)].sort());
    expect(new Set(headings).size).toBe(headings.length);
  });

  it('names every saved query, and none that is not there', () => {
    const saved = templates.flatMap((template) =>
      Object.values(template.findResources('AWS::Logs::QueryDefinition')).map(({ Properties }) =>
        String(Properties.Name).split('/').at(-1),
      ),
    );
    const named = [...runbook.matchAll(/(?<![*\w])\*([A-Z][^*]+)\*(?!\*)/g)].map(([, name = '']) => name.replaceAll(/\s+/g, ' '));
    expect([...new Set(named)].sort()).toEqual([...new Set(saved)].sort());
  });
});

describe('docs/security.md', () => {
  it('has the policy for a key that you have: the same as that of a key that Delegation makes', () => {
    const security = readFileSync(join(__dirname, '..', '..', 'docs', 'security.md'), 'utf8');
    const written = [...security.matchAll(/^```json\n(.*?)^```/gms)].map(([, json = '']) => JSON.parse(json));
    const [key] = templates.flatMap((template) => Object.values(template.findResources('AWS::KMS::Key')));
    expect(written).toEqual([filledIn(key?.['Properties'].KeyPolicy)]);
  });
});

/** The text that CloudFormation builds from joined references. */
function filledIn(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(filledIn);
  if ('Ref' in value)
    return { 'AWS::Partition': 'aws', 'AWS::AccountId': '123456789012', 'AWS::URLSuffix': 'amazonaws.com' }[String(value.Ref)];
  if ('Fn::Join' in value) {
    const [separator, parts] = value['Fn::Join'] as [string, unknown[]];
    return parts.map(filledIn).join(separator);
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, filledIn(member)]));
}

/** The anchor that GitHub derives from a heading. */
function anchorOf([, heading = '']: RegExpMatchArray): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}
