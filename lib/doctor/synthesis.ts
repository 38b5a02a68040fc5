/** Synthesises what would be deployed: the CDK app is run as the CDK CLI runs it, so the checks see the same template as CloudFormation. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from './target.ts';

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

/** The resources that bootstrapping creates, as the stack names them. */
export interface Bootstrap {
  /** Name of the SSM parameter that holds its version. */
  readonly parameter: string;
  /** Lowest version that this release of the CDK accepts. */
  readonly version: number;
  readonly bucket: string;
  /** ARNs that the CDK CLI assumes. */
  readonly roles: readonly string[];
  /** ARN that CloudFormation acts as. */
  readonly executionRole: string;
}

export interface Synthesis {
  readonly stackName: string;
  readonly template: Template;
  readonly bootstrap: Bootstrap;
}

interface Artifact {
  readonly type: string;
  readonly properties?: {
    readonly stackName?: string;
    readonly templateFile?: string;
    readonly file?: string;
    readonly assumeRoleArn?: string;
    readonly cloudFormationExecutionRoleArn?: string;
    readonly stackTemplateAssetObjectUrl?: string;
    readonly requiresBootstrapStackVersion?: number;
    readonly bootstrapStackVersionSsmParameter?: string;
  };
}

interface AssetManifest {
  readonly files?: Readonly<Record<string, { readonly destinations: Readonly<Record<string, { readonly assumeRoleArn?: string }>> }>>;
}

const root = join(import.meta.dirname, '..', '..');

/**
 * @param stackId  the stack's id in the app, such as `Delegation-test`
 * @param target   without it, the template contains no account and region
 * @throws Error with the output of the app, if it does not synthesise
 */
export async function synthesize(configFile: string, stackId: string, target: Partial<Target>): Promise<Synthesis> {
  const folder = mkdtempSync(join(tmpdir(), 'delegation-doctor-'));
  try {
    await runApp(folder, configFile, target);
    const read = <T>(file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as T;
    const { artifacts } = read<{ readonly artifacts: Readonly<Record<string, Artifact>> }>('manifest.json');
    const stack = artifacts[stackId]?.properties;
    if (stack?.templateFile === undefined)
      throw new Error(`The CDK app has no stack ${stackId}. It has: ${stacksOf(artifacts).join(', ')}.`);
    const manifest = artifacts[`${stackId}.assets`]?.properties?.file;
    const { files = {} } = manifest === undefined ? {} : read<AssetManifest>(manifest);
    const publishing = Object.values(files).flatMap(({ destinations }) =>
      Object.values(destinations).flatMap(({ assumeRoleArn }) => (assumeRoleArn === undefined ? [] : [assumeRoleArn])),
    );
    const fill = (text = '') => fillIn(text, target);
    return {
      stackName: stack.stackName ?? stackId,
      template: read<Template>(stack.templateFile),
      bootstrap: {
        parameter: stack.bootstrapStackVersionSsmParameter ?? '',
        version: stack.requiresBootstrapStackVersion ?? 0,
        bucket: /^s3:\/\/([^/]+)/.exec(fill(stack.stackTemplateAssetObjectUrl))?.[1] ?? '',
        roles: [...new Set([stack.assumeRoleArn ?? '', ...publishing].map(fill))].filter((arn) => arn !== ''),
        executionRole: fill(stack.cloudFormationExecutionRoleArn),
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const stacksOf = (artifacts: Readonly<Record<string, Artifact>>): readonly string[] =>
  Object.entries(artifacts).flatMap(([id, { type }]) => (type === 'aws:cloudformation:stack' ? [id] : []));

/** Replaces the placeholders that the CDK CLI fills in when it deploys. */
function fillIn(text: string, { account = '', region = '', partition = 'aws' }: Partial<Target>): string {
  return text
    .replaceAll('${' + 'AWS::Partition}', partition)
    .replaceAll('${' + 'AWS::AccountId}', account)
    .replaceAll('${' + 'AWS::Region}', region);
}

async function runApp(folder: string, configFile: string, { account, region }: Partial<Target>): Promise<void> {
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { readonly context: object };
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'bin', 'cdk-app.ts')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, config: configFile }),
      ...(account === undefined ? {} : { CDK_DEFAULT_ACCOUNT: account }),
      ...(region === undefined ? {} : { CDK_DEFAULT_REGION: region }),
    },
  });
  let printed = '';
  child.stderr.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(printed.trim());
}
