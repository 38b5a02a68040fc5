/** The names of a template that are given, not generated, and where AWS takes each of them once. */
import type { Deployed } from './templates.ts';

/** Where one of a name can be: in an account, in one region of it, or below a resource that the template names as well. */
type Scope = 'account' | 'region' | 'below another' | 'no name';

/** By type and path of the property, in which a list's places are `*`. What is not here fails, so that somebody looks it up. */
const scopes: Readonly<Record<string, Scope>> = {
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
  'AWS::CloudWatch::Dashboard DashboardName': 'account',
  'AWS::Logs::LogGroup LogGroupName': 'region',
  // These two may be there twice, but could not be distinguished.
  'AWS::Logs::QueryDefinition Name': 'region',
  'AWS::ApiGatewayV2::Api Name': 'region',
  // Of all accounts. It is the deployer's, who writes each into one stage: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html
  'AWS::ApiGatewayV2::DomainName DomainName': 'region',
  'AWS::ApiGatewayV2::ApiMapping DomainName': 'below another',
  'AWS::Route53::RecordSet Name': 'below another',
  'AWS::Route53::RecordSet AliasTarget.DNSName': 'no name',
  'AWS::ApiGatewayV2::Authorizer Name': 'below another',
  'AWS::ApiGatewayV2::Stage StageName': 'below another',
  'AWS::IAM::Policy PolicyName': 'below another',
  'AWS::CloudWatch::Alarm MetricName': 'no name',
  'AWS::CloudWatch::Alarm Dimensions.*.Name': 'no name',
  'AWS::DynamoDB::GlobalTable AttributeDefinitions.*.AttributeName': 'below another',
  'AWS::DynamoDB::GlobalTable GlobalSecondaryIndexes.*.IndexName': 'below another',
  'AWS::DynamoDB::GlobalTable GlobalSecondaryIndexes.*.KeySchema.*.AttributeName': 'below another',
  'AWS::DynamoDB::GlobalTable KeySchema.*.AttributeName': 'below another',
  'AWS::DynamoDB::GlobalTable Replicas.*.GlobalSecondaryIndexes.*.IndexName': 'below another',
  'AWS::DynamoDB::GlobalTable TimeToLiveSpecification.AttributeName': 'below another',
  'AWS::SNS::Topic DisplayName': 'no name',
  // What distinguishes the metrics, and the instances, of deployments.
  'AWS::Lambda::Function Environment.Variables.DELEGATION_NAME': 'region',
};

export interface Name {
  readonly scope: Scope | undefined;
  readonly property: string;
  readonly text: string;
}

/** Every text of a template that names something: members whose own name ends in `Name`, and the deployment's. */
export function namesIn({ template, region }: Pick<Deployed, 'template' | 'region'>): readonly Name[] {
  const found = new Map<string, Name>();
  const search = (type: string, value: unknown, path: readonly string[], owner: string): void => {
    if (typeof value === 'object' && value !== null) {
      const text = filledIn(value, region);
      if (text === undefined) {
        for (const [key, member] of Object.entries(value)) search(type, member, [...path, Array.isArray(value) ? '*' : key], owner);
        return;
      }
      search(type, text, path, owner);
    } else if (/Name$|^DELEGATION_NAME$/.test(path.at(-1) ?? '')) {
      const property = `${type} ${path.join('.')}`;
      const scope = scopes[property];
      // The functions of a deployment share its name; else each resource has one of its own.
      const key = property.endsWith('DELEGATION_NAME') ? String(value) : `${owner} ${path.join('.')} ${value}`;
      found.set(`${property} ${key}`, { scope, property, text: String(value) });
    }
  };
  for (const [id, { Type, Properties = {} }] of Object.entries(template.Resources))
    if (!Type.startsWith('Custom::')) search(Type, Properties, [], id);
  return [...found.values()];
}

/** The text that CloudFormation builds from a text with the region in it; undefined for any other value, such as a reference to a resource. */
function filledIn(value: object, region: string): string | undefined {
  const { 'Fn::Join': join } = value as { 'Fn::Join'?: [string, unknown[]] };
  const parts = (join?.[1] ?? []).map((part) =>
    typeof part === 'string' ? part : (part as { Ref?: string }).Ref === 'AWS::Region' ? region : undefined,
  );
  return join === undefined || parts.includes(undefined) ? undefined : parts.join(join[0]);
}
