import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { builtInJobTypes, type DelegationProps, DelegationStack, type JobType } from '../../lib/index.ts';
import { plainApp } from './templates.ts';

const account = '123456789012';
const domain = { name: 'jobs.example.com', certificateArn: `arn:aws:acm:eu-central-1:${account}:certificate/0a1b2c3d` };
const deploy = (props: DelegationProps, env: { account?: string } = {}) =>
  new DelegationStack(plainApp(), 'Test', props, { env: { region: 'eu-central-1', ...env } });
const templateOf = (props: DelegationProps): Template => Template.fromStack(deploy(props));

const withDomain = templateOf({ domain });
const idOf = (template: Template, type: string): string => Object.keys(template.findResources(type))[0] ?? '';

it('is regional, with TLS 1.2 and the certificate, and leads to the whole API', () => {
  withDomain.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
    DomainName: 'jobs.example.com',
    DomainNameConfigurations: [{ CertificateArn: domain.certificateArn, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' }],
  });
  withDomain.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', {
    ApiId: { Ref: idOf(withDomain, 'AWS::ApiGatewayV2::Api') },
    DomainName: { Ref: idOf(withDomain, 'AWS::ApiGatewayV2::DomainName') },
    Stage: '$default',
    ApiMappingKey: Match.absent(),
  });
});

it('is the address that the outputs show, with what a record and a policy need', () => {
  const outputs = withDomain.findOutputs('*');
  expect(outputs['Url']?.['Value']).toBe('https://jobs.example.com');
  expect(outputs['DomainTarget']?.['Value']).toEqual({
    'Fn::GetAtt': [idOf(withDomain, 'AWS::ApiGatewayV2::DomainName'), 'RegionalDomainName'],
  });
  expect(outputs['ApiId']?.['Value']).toEqual({ Ref: idOf(withDomain, 'AWS::ApiGatewayV2::Api') });
});

it('has a record where a zone is named, and none where not', () => {
  withDomain.resourceCountIs('AWS::Route53::RecordSet', 0);
  const withZone = templateOf({ domain: { ...domain, hostedZoneId: 'Z0123456789ABCDEFGHIJ' } });
  const id = idOf(withZone, 'AWS::ApiGatewayV2::DomainName');
  withZone.hasResourceProperties('AWS::Route53::RecordSet', {
    Name: 'jobs.example.com',
    Type: 'A',
    HostedZoneId: 'Z0123456789ABCDEFGHIJ',
    AliasTarget: {
      DNSName: { 'Fn::GetAtt': [id, 'RegionalDomainName'] },
      HostedZoneId: { 'Fn::GetAtt': [id, 'RegionalHostedZoneId'] },
    },
  });
});

it('leaves the generated address open, unless it is to be closed', () => {
  withDomain.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: Match.absent() });
  const closed = templateOf({ domain: { ...domain, disableExecuteApiEndpoint: true } });
  closed.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: true });
  // Only a deployment of the stage lets the change take effect.
  closed.hasResourceProperties('AWS::ApiGatewayV2::Stage', { AutoDeploy: true });
  expect(closed.findOutputs('*')['Url']?.['Value']).toBe('https://jobs.example.com');
});

it('is where links for signals lead, from workers of types that have signals', () => {
  const [known, ...others] = builtInJobTypes.filter(({ contract }) => contract.name !== 'run-query');
  const folder = join(__dirname, '..', '..', 'lambdas', 'jobs', String(known?.contract.name));
  const withSignals = { ...known, folder, contract: { ...known?.contract, signals: { go: z.null() } } } as JobType;
  const jobTypes = [withSignals, ...others];
  const variables = (props: DelegationProps) =>
    Object.values(templateOf({ ...props, jobTypes }).findResources('AWS::Lambda::Function')).flatMap(
      ({ Properties }) => Properties.Environment?.Variables.DELEGATION_API_URL ?? [],
    );
  expect(variables({ domain })).toEqual(['https://jobs.example.com']);
  expect(variables({})).toEqual([{ 'Fn::GetAtt': [expect.any(String), 'ApiEndpoint'] }]);
});

it('changes nothing that holds an address or data: API, table, queues and topic are those of a deployment without it', () => {
  const kept = ['AWS::ApiGatewayV2::Api', 'AWS::DynamoDB::GlobalTable', 'AWS::SQS::Queue', 'AWS::SNS::Topic'];
  const without = templateOf({});
  for (const type of kept) expect(withDomain.findResources(type)).toEqual(without.findResources(type));
  expect(without.findOutputs('*')).not.toHaveProperty('DomainTarget');
});

it('is refused with a certificate of another account, where CDK knows both', () => {
  expect(() => deploy({ domain }, { account: '210987654321' })).toThrow(
    `names a certificate of the account ${account}; the deployment is in 210987654321`,
  );
  expect(() => deploy({ domain }, { account })).not.toThrow();
});
