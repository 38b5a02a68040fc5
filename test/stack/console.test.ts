/** The console that a deployment serves: a function without permissions, on routes of its own. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type DelegationSettingsInput, DelegationStack } from '../../lib/index.ts';
import { parseSettings } from '../../lib/parse-settings.ts';
import { plainApp } from './templates.ts';

const issuer = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1b2c3';
const auth = { kind: 'jwt' as const, issuer, audience: ['client-1'] } satisfies DelegationSettingsInput['auth'];
const tokenOrigin = 'https://people.auth.eu-central-1.amazoncognito.com';
const console = { clientId: 'client-1', scopes: ['openid', 'delegation/jobs'], tokenOrigin };

const templateOf = (settings: DelegationSettingsInput) =>
  Template.fromStack(new DelegationStack(plainApp(), 'Delegation', settings, { env: { region: 'eu-central-1' } }));
const template = templateOf({ auth, console });
const without = templateOf({ auth });
const description = 'Delegation: serves the files of the console';

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: any value that CloudFormation takes
  readonly Properties: Readonly<Record<string, any>>;
  readonly DependsOn?: readonly string[];
  readonly Metadata?: unknown;
}
const found = (made: Template, type: string) => Object.entries(made.findResources(type)) as unknown as readonly [string, Resource][];
const functionOf = (made: Template): Resource => {
  const [, one] = found(made, 'AWS::Lambda::Function').find(([, { Properties }]) => Properties['Description'] === description) ?? [];
  if (one === undefined) throw new Error('The template has no function of the console.');
  return one;
};
const roleOf = ({ Properties }: Resource) => Properties['Role']['Fn::GetAtt'][0] as string;

describe('its function', () => {
  it.each<[string, DelegationSettingsInput]>([
    ['as little as possible', {}],
    [
      'a key of its own, events, tracing, webhooks and a VPC',
      {
        encryption: 'own-key',
        events: { bus: 'orders' },
        tracing: 'xray',
        webhooks: {},
        vpc: { vpcId: 'vpc-1', availabilityZones: ['eu-central-1a'], subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'] },
      },
    ],
  ])('may write its own log and do nothing else, with %s', (_what, settings) => {
    const made = templateOf({ auth, console, ...settings });
    const role = roleOf(functionOf(made));
    const log = functionOf(made).Properties['LoggingConfig'].LogGroup.Ref as string;
    expect(made.findResources('AWS::IAM::Role')[role]?.['Properties']).not.toHaveProperty('ManagedPolicyArns');
    expect(made.findResources('AWS::IAM::Role')[role]?.['Properties']).not.toHaveProperty('Policies');
    const policies = found(made, 'AWS::IAM::Policy').filter(([, { Properties }]) =>
      JSON.stringify(Properties['Roles']).includes(`"${role}"`),
    );
    expect(policies.flatMap(([, { Properties }]) => Properties['PolicyDocument'].Statement)).toEqual([
      { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: { 'Fn::GetAtt': [log, 'Arn'] } },
    ]);
    // Nothing else lets it in either: no policy of a key, a queue, a bucket or a topic names its role.
    const naming = Object.entries(made.toJSON()['Resources'] as Record<string, Resource>).filter(
      ([id, one]) => id !== role && one.Type !== 'AWS::Lambda::Function' && JSON.stringify(one).includes(`"${role}"`),
    );
    expect(naming.map(([, { Type }]) => Type)).toEqual(['AWS::IAM::Policy']);
  });

  it('is small: 128 MB, and knows neither the table nor the queues', () => {
    const { Properties } = functionOf(template);
    expect(Properties).toMatchObject({ MemorySize: 128, Timeout: 5 });
    expect(Object.keys(Properties['Environment'].Variables)).toEqual(['DELEGATION_CONSOLE_CONFIG', 'DELEGATION_CONSOLE_SOURCES']);
  });

  it('changes nothing of the API: neither its code, its size, its environment nor its rights', () => {
    const api = (made: Template) =>
      Object.entries(made.toJSON()['Resources'] as Record<string, Resource>).filter(([id]) =>
        /^DelegationApi(?:Function|Role|Logs|Gateway(?:[0-9A-F]{8}|POSTv1jobs.*|DefaultRoute.*)$)/.test(id),
      );
    expect(api(template).length).toBeGreaterThan(6);
    expect(api(template).map(withoutPaths)).toEqual(api(without).map(withoutPaths));
  });
});

/** Each app builds its assets in a folder of its own. */
function withoutPaths([id, { Metadata: _, ...resource }]: readonly [string, Resource]) {
  return [id, resource];
}

describe('its routes', () => {
  const routesOf = (made: Template) => found(made, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties);

  it('are four, without an authorizer, and lead to its function', () => {
    const added = routesOf(template).filter(({ RouteKey }) => String(RouteKey).includes('console'));
    expect(added.map(({ RouteKey, AuthorizationType, AuthorizerId }) => [RouteKey, AuthorizationType, AuthorizerId])).toEqual([
      ['GET /console', 'NONE', undefined],
      ['HEAD /console', 'NONE', undefined],
      ['GET /console/{path+}', 'NONE', undefined],
      ['HEAD /console/{path+}', 'NONE', undefined],
    ]);
    const integrations = new Set(added.map(({ Target }) => JSON.stringify(Target)));
    expect(integrations.size).toBe(1);
    const api = routesOf(template).find(({ RouteKey }) => RouteKey === '$default');
    expect(integrations.has(JSON.stringify(api?.['Target']))).toBe(false);
  });

  it('take no path from the API: every wildcard is below /console/, and the other routes are those that there are without it', () => {
    const keys = (made: Template) => routesOf(made).map(({ RouteKey, AuthorizationType }) => `${RouteKey} ${AuthorizationType}`);
    expect(keys(template).filter((key) => !key.includes('console'))).toEqual(keys(without));
    expect(keys(template).filter((key) => key.includes('+') && !key.includes(' /console/{path+}'))).toEqual([]);
  });

  it('are throttled, each after it is there', () => {
    const [[, stage] = [undefined, undefined]] = found(template, 'AWS::ApiGatewayV2::Stage');
    for (const key of ['GET /console', 'HEAD /console', 'GET /console/{path+}', 'HEAD /console/{path+}'])
      expect(stage?.Properties['RouteSettings'][key]).toEqual({ ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 });
    const routes = found(template, 'AWS::ApiGatewayV2::Route').flatMap(([id, { Properties }]) =>
      String(Properties['RouteKey']).includes('console') ? [id] : [],
    );
    expect(stage?.DependsOn).toEqual(expect.arrayContaining(routes));
  });

  it('leave CORS as it is: the page and the API have one origin', () => {
    const corsOf = (made: Template) => found(made, 'AWS::ApiGatewayV2::Api').map(([, { Properties }]) => Properties['CorsConfiguration']);
    expect(corsOf(template)).toEqual([undefined]);
  });
});

it('lets its page, and no other, read what links to large results lead to', () => {
  const [[, bucket] = [undefined, undefined]] = found(template, 'AWS::S3::Bucket');
  expect(bucket?.Properties['CorsConfiguration']).toEqual({
    CorsRules: [
      { AllowedMethods: ['GET'], AllowedOrigins: [{ 'Fn::GetAtt': [expect.stringMatching(/Gateway/), 'ApiEndpoint'] }], MaxAge: 3600 },
    ],
  });
  const uploads = found(templateOf({ auth, console, corsOrigins: ['https://app.example.com'] }), 'AWS::S3::Bucket')[0]?.[1].Properties[
    'CorsConfiguration'
  ];
  expect(uploads.CorsRules.map(({ AllowedMethods }: { AllowedMethods: string[] }) => AllowedMethods)).toEqual([['PUT'], ['GET']]);
});

it('shows its address as an output, and only where there is one', () => {
  expect(template.findOutputs('ConsoleUrl')['ConsoleUrl']?.['Value']).toEqual({
    'Fn::Join': ['', [{ 'Fn::GetAtt': [expect.stringMatching(/Gateway/), 'ApiEndpoint'] }, '/console/']],
  });
  expect(without.findOutputs('ConsoleUrl')).toEqual({});
  without.resourcePropertiesCountIs('AWS::Lambda::Function', { Description: description }, 0);
});

describe('the setting', () => {
  const parse = (settings: unknown) => parseSettings(settings, ['run-query']).console;

  it('asks for openid alone by default', () =>
    expect(parse({ auth, console: { clientId: 'a' } })).toEqual({ clientId: 'a', scopes: ['openid'] }));

  it('is refused with IAM, with what to do instead', () => {
    expect(() => parse({ console: { clientId: 'a' } })).toThrow(/needs auth\.kind "jwt".*npx delegation console/);
  });

  it.each([
    [{}, 'clientId'],
    [{ clientId: '' }, 'must be the id of a client'],
    [{ clientId: 'a', scopes: [] }, 'must name at least one scope'],
    [{ clientId: 'a', scopes: ['openid email'] }, 'must be a scope such as openid'],
    [{ clientId: 'a', tokenOrigin: "https://x.example.com; script-src 'unsafe-inline'" }, 'must be an origin'],
    [{ clientId: 'a', tokenOrigin: 'http://x.example.com' }, 'must be an origin'],
    [{ clientId: 'a', tokenOrigin: 'https://x.example.com/oauth2' }, 'must be an origin'],
    [{ clientId: 'a', secret: 'b' }, 'There is no secret here. There are: clientId, scopes, tokenOrigin'],
  ])('refuses %j', (wrong, message) => expect(() => parse({ auth, console: wrong })).toThrow(message));
});

describe('the deployed code, run from its asset', () => {
  // Without run-query, whose binding would be copied.
  const app = new App();
  const staged = Template.fromStack(new DelegationStack(app, 'Staged', { auth, console, disabledJobTypes: ['run-query'] }));
  const folder = join(app.synth().directory, `asset.${String(functionOf(staged).Properties['Code'].S3Key).replace('.zip', '')}`);
  const call = async (path: string, { method = 'GET', ...headers }: Record<string, string> = {}) => {
    const { handler } = (await import(join(folder, 'index.js'))) as {
      handler(event: Partial<APIGatewayProxyEventV2>): Promise<APIGatewayProxyStructuredResultV2>;
    };
    return handler({ rawPath: path, headers, requestContext: { http: { method } } as APIGatewayProxyEventV2['requestContext'] });
  };
  const text = ({ body = '', isBase64Encoded }: APIGatewayProxyStructuredResultV2) =>
    Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8');

  beforeAll(() => {
    process.env['DELEGATION_CONSOLE_CONFIG'] = '{"apiUrl":""}';
    process.env['DELEGATION_CONSOLE_SOURCES'] = `${new URL(issuer).origin} ${tokenOrigin} https://bucket.s3.eu-central-1.amazonaws.com`;
  });
  afterAll(() => {
    for (const name of ['DELEGATION_CONSOLE_CONFIG', 'DELEGATION_CONSOLE_SOURCES']) delete process.env[name];
  });

  it('is a few KB, beside the files', () => {
    expect(readdirSync(folder).sort()).toEqual(['console-files.json', 'index.js', 'package.json']);
    expect(statSync(join(folder, 'index.js')).size).toBeLessThan(8_000);
  });

  it('answers with the page, and with the scripts that it names, compressed and immutable', async () => {
    const page = await call('/console/');
    expect(page).toMatchObject({ statusCode: 200, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' } });
    const names = [
      ...text(page)
        .toString()
        .matchAll(/(?:src|href)="([^"]+\.(?:js|css|svg))"/g),
    ].map(([, name = '']) => new URL(name, 'https://x/console/').pathname);
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) {
      const plain = await call(name);
      const small = await call(name, { 'accept-encoding': 'gzip, br' });
      expect([name, plain.statusCode, small.headers?.['content-encoding'], small.headers?.['cache-control']]).toEqual([
        name,
        200,
        'br',
        'public, max-age=31536000, immutable',
      ]);
      expect(brotliDecompressSync(text(small)).equals(text(plain))).toBe(true);
    }
  });

  it('lets the page call its own origin, the issuer, the token endpoint and the bucket, and nothing else', async () => {
    const policy = String((await call('/console/')).headers?.['content-security-policy']);
    expect(policy.split('; ')).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]));
    expect(/connect-src ([^;]+)/.exec(policy)?.[1]).toBe(
      `'self' https://cognito-idp.eu-central-1.amazonaws.com ${tokenOrigin} https://bucket.s3.eu-central-1.amazonaws.com`,
    );
    expect(policy).not.toMatch(/unsafe|\*/);
  });

  it('answers HEAD without a body, and other methods not at all', async () => {
    expect(await call('/console/', { method: 'HEAD' })).not.toHaveProperty('body');
    expect((await call('/console/', { method: 'POST' })).statusCode).toBe(405);
  });

  it.each(['/console/../console-files.json', '/console/%2e%2e/index.js', '/console/jobs/job_1', '/console/a/b.js'])(
    'answers %s, which is not a file, with the page',
    async (path) => expect(text(await call(path))).toEqual(text(await call('/console/'))),
  );

  it.each([
    '/console/..\\..\\index.js',
    '/console/console-files.json',
    '/console/index.js',
    '/console/package.json',
    '/console/app-0.js',
    '/v1/jobs',
    '/consolex',
  ])('has nothing at %s', async (path) =>
    expect(await call(path)).toMatchObject({ statusCode: 404, headers: { 'content-type': 'application/problem+json' } }),
  );

  it('says where to sign in', async () => {
    expect(await call('/console/config.json')).toMatchObject({
      statusCode: 200,
      body: '{"apiUrl":""}',
      headers: { 'cache-control': 'no-store' },
    });
    const { DELEGATION_CONSOLE_CONFIG: config } = functionOf(template).Properties['Environment'].Variables;
    expect(JSON.parse(config)).toEqual({
      ...{ apiUrl: '', isReadOnly: false, isLocal: false, label: 'Delegation', region: 'eu-central-1' },
      auth: { kind: 'oidc', issuer, clientId: 'client-1', scopes: ['openid', 'delegation/jobs'] },
    });
  });
});
